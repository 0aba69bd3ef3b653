/// <reference path="../pb_data/types.d.ts" />
// The blog in PocketBase: its collections, as a migration of its own. A trigger keeps the count of posts, as for all peers.
migrate((app) => {
  const users = app.findCollectionByNameOrId('users')
  users.listRule = ''
  users.viewRule = ''
  users.fields.add(new NumberField({ name: 'post_count', onlyInt: true }))
  users.fields.add(new AutodateField({ name: 'created_at', onCreate: true }))
  users.indexes.push('CREATE INDEX idx_users_top ON users (post_count DESC, id DESC)')
  app.save(users)

  const readable = "published_at != '' || user_id = @request.auth.id"
  app.save(new Collection({
    type: 'base',
    name: 'posts',
    listRule: readable,
    viewRule: readable,
    createRule: '',
    fields: [
      { name: 'user_id', type: 'relation', collectionId: users.id, maxSelect: 1, required: true, cascadeDelete: true },
      { name: 'title', type: 'text', required: true, max: 255 },
      { name: 'content', type: 'text' },
      { name: 'published_at', type: 'date' },
      { name: 'created_at', type: 'autodate', onCreate: true },
    ],
    indexes: [
      'CREATE INDEX idx_posts_user ON posts (user_id)',
      'CREATE INDEX idx_posts_newest ON posts (created_at DESC, id DESC)',
    ],
  }))
  app.db().newQuery(`
    CREATE TRIGGER counted AFTER INSERT ON posts WHEN NEW.published_at <> '' BEGIN
      UPDATE users SET post_count = post_count + 1 WHERE id = NEW.user_id;
    END
  `).execute()
})
