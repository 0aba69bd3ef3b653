-- update: ?1 new.content, ?2 new.published_at, ?3 new.title, ?4 new.user_id, ?5 key
UPDATE "posts"
SET "content" = ?1, "published_at" = ?2, "title" = ?3, "user_id" = ?4
WHERE "posts"."id" = ?5
  AND EXISTS (
    SELECT 1
    FROM "users" AS _l1
    WHERE "_l1"."id" = ?4
)
RETURNING "posts"."id", "posts"."user_id", "posts"."title", "posts"."content", "posts"."published_at", "posts"."created_at"

-- find: ?1 key
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at", (1 = 1)
FROM "posts" AS t
WHERE "t"."id" = ?1

-- explain: ?1 new.user_id
SELECT EXISTS (
    SELECT 1
    FROM "users" AS _l1
    WHERE "_l1"."id" = ?1
)

-- add: ?1 amount, ?2 key
UPDATE "users"
SET "post_count" = "post_count" + ?1
WHERE "id" = ?2
