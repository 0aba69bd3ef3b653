-- find: ?1 key, ?2 caller
SELECT "t"."id", "t"."email", ("t"."id" = ?2), "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t
WHERE "t"."id" = ?1
