-- update: $1 new.user_id, $2 key
UPDATE "posts"
SET "user_id" = CAST($1 AS bigint)
WHERE "posts"."id" = $2
  AND EXISTS (
    SELECT 1
    FROM "users" AS _l1
    WHERE "_l1"."id" = CAST($1 AS bigint) OFFSET 0
)
RETURNING "posts"."id", "posts"."user_id", "posts"."title", "posts"."content", "posts"."published_at", "posts"."created_at"

-- find: $1 key
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at", CAST((1 = 1) AS int)
FROM "posts" AS t
WHERE "t"."id" = $1

-- explain: $1 new.user_id
SELECT CAST(EXISTS (
    SELECT 1
    FROM "users" AS _l1
    WHERE "_l1"."id" = CAST($1 AS bigint) OFFSET 0
) AS int)

-- add: $1 amount, $2 key
UPDATE "users"
SET "post_count" = "post_count" + $1
WHERE "id" = $2
