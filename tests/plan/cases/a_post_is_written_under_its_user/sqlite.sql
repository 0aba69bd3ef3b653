-- insert: ?1 new.user_id, ?2 new.title, ?3 new.content, ?4 new.published_at, ?5 new.created_at, ?6 caller
INSERT INTO "posts" ("user_id", "title", "content", "published_at", "created_at")
SELECT ?1, ?2, ?3, ?4, ?5
WHERE ?1 = ?6
  AND EXISTS (
    SELECT 1
    FROM "users" AS _l1
    WHERE "_l1"."id" = ?1
)
RETURNING "posts"."id", "posts"."user_id", "posts"."title", "posts"."content", "posts"."published_at", "posts"."created_at"

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

-- find: ?1 caller, ?2 key
SELECT "t"."id", "t"."email", ("t"."id" = ?1), "t"."name", "t"."created_at", "t"."updated_at"
FROM "users" AS t
WHERE "t"."id" = ?2
