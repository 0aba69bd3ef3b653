-- find: $1 key
SELECT "t"."id", "t"."email", "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t
WHERE "t"."id" = $1
