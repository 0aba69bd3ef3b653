-- insert: $1 new.user_id, $2 new.title, $3 new.content, $4 new.published_at, $5 new.created_at, $6 caller
INSERT INTO "posts" ("user_id", "title", "content", "published_at", "created_at")
SELECT CAST($1 AS bigint), CAST($2 AS text) COLLATE "C", CAST($3 AS text) COLLATE "C", CAST($4 AS bigint), CAST($5 AS bigint)
WHERE CAST($1 AS bigint) = $6
  AND EXISTS (
    SELECT 1
    FROM "users" AS _l1
    WHERE "_l1"."id" = CAST($1 AS bigint) OFFSET 0
)
RETURNING "posts"."id", "posts"."user_id", "posts"."title", "posts"."content", "posts"."published_at", "posts"."created_at"

-- explain: $1 new.user_id
SELECT CAST(EXISTS (
    SELECT 1
    FROM "users" AS _l1
    WHERE "_l1"."id" = CAST($1 AS bigint) OFFSET 0
) AS int)

-- create: $1 new.user_id, $2 new.title, $3 new.content, $4 new.published_at, $5 new.created_at, $6 caller, $7 actor, $8 at, $9 after
WITH _new ("id", "user_id", "title", "content", "published_at", "created_at") AS (INSERT INTO "posts" ("user_id", "title", "content", "published_at", "created_at") SELECT CAST($1 AS bigint), CAST($2 AS text) COLLATE "C", CAST($3 AS text) COLLATE "C", CAST($4 AS bigint), CAST($5 AS bigint) WHERE CAST($1 AS bigint) = $6 AND EXISTS (
    SELECT 1
    FROM "users" AS _l1
    WHERE "_l1"."id" = CAST($1 AS bigint) OFFSET 0
) RETURNING "posts"."id", "posts"."user_id", "posts"."title", "posts"."content", "posts"."published_at", "posts"."created_at"), _t1 AS (UPDATE "users" SET "post_count" = "post_count" + 1 WHERE "id" = (
    SELECT "_new"."user_id"
    FROM _new
    WHERE "_new"."published_at" IS NOT NULL
)), _change AS (INSERT INTO kingpost_changes ("resource", "key", "kind", "actor", "at", "after") SELECT 'posts', CAST("_new"."id" AS text), 'created', CAST($7 AS text), CAST($8 AS bigint), '{"id":' || CAST("_new"."id" AS text) || CAST($9 AS text) FROM _new)
SELECT _new.*
FROM (
    SELECT 1
) AS _one
LEFT JOIN _new ON true

-- add: $1 amount, $2 key
UPDATE "users"
SET "post_count" = "post_count" + $1
WHERE "id" = $2

-- find: $1 caller, $2 key
SELECT "t"."id", "t"."email", CAST(("t"."id" = $1) AS int), "t"."name", "t"."created_at", "t"."updated_at"
FROM "users" AS t
WHERE "t"."id" = $2
