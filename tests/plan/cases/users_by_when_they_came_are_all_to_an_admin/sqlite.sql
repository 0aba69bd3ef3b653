-- page: ?1 limit
SELECT "t"."id", "t"."email", "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t INDEXED BY "users__created_at_id"
ORDER BY 4, 1
LIMIT ?1
