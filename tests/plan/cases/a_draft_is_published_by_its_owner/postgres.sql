-- update: $1 new.published_at, $2 caller, $3 key
UPDATE "posts"
SET "published_at" = CAST($1 AS bigint)
WHERE "posts"."id" = $3
  AND ("posts"."user_id" = $2) IS TRUE
RETURNING "posts"."id", "posts"."user_id", "posts"."title", "posts"."content", "posts"."published_at", "posts"."created_at"

-- find: $1 caller, $2 key
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at", CAST(("t"."published_at" IS NOT NULL OR "t"."user_id" = $1) AS int)
FROM "posts" AS t
WHERE "t"."id" = $2

-- add: $1 amount, $2 key
UPDATE "users"
SET "post_count" = "post_count" + $1
WHERE "id" = $2
