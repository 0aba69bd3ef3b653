-- update: $1 new.name, $2 new.updated_at, $3 caller, $4 key
UPDATE "users"
SET "name" = CAST($1 AS text) COLLATE "C", "updated_at" = CAST($2 AS bigint)
WHERE "users"."id" = $4
  AND ("users"."id" = $3) IS TRUE
RETURNING "users"."id", "users"."email", CAST(("users"."id" = $3) AS int), "users"."name", "users"."created_at", "users"."updated_at", "users"."post_count", "users"."email_key", "users"."password", "users"."admin", "users"."epoch"

-- find: $1 caller, $2 key
SELECT "t"."id", "t"."email", "t"."email_key", "t"."password", "t"."admin", "t"."epoch", "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count", CAST((1 = 1) AS int), CAST(("t"."id" = $1) AS int)
FROM "users" AS t
WHERE "t"."id" = $2
