-- page: ?1 limit
SELECT "t"."id", "t"."email", "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t INDEXED BY "users__post_count_id"
ORDER BY 6 DESC, 1 DESC
LIMIT ?1
