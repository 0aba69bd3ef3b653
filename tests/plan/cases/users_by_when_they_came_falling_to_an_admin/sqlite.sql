-- page: ?1 mark_0, ?2 limit
SELECT "t"."id", "t"."email", "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t INDEXED BY "users__created_at_id"
WHERE "t"."created_at" < ?1
ORDER BY 4 DESC, 1 DESC
LIMIT ?2
