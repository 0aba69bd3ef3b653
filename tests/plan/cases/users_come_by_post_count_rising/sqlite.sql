-- page: ?1 caller, ?2 limit
SELECT "t"."id", "t"."email", ("t"."id" = ?1), "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t INDEXED BY "users__post_count_id"
ORDER BY 7, 1
LIMIT ?2
