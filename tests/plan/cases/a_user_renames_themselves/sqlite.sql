-- update: ?1 new.name, ?2 new.updated_at, ?3 caller, ?4 key
UPDATE "users"
SET "name" = ?1, "updated_at" = ?2
WHERE "users"."id" = ?4
  AND "users"."id" = ?3
RETURNING "users"."id", "users"."email", ("users"."id" = ?3), "users"."name", "users"."created_at", "users"."updated_at", "users"."post_count", "users"."email_key", "users"."password", "users"."admin", "users"."epoch"

-- find: ?1 caller, ?2 key
SELECT "t"."id", "t"."email", "t"."email_key", "t"."password", "t"."admin", "t"."epoch", "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count", (1 = 1), ("t"."id" = ?1)
FROM "users" AS t
WHERE "t"."id" = ?2
