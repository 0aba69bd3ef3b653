-- find: $1 caller, $2 key
SELECT "t"."id", "t"."email", CAST(("t"."id" = $1) AS int), "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t
WHERE "t"."id" = $2
