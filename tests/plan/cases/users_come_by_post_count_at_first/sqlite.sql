-- page: ?1 limit
SELECT "t"."id", "t"."name", "t"."post_count"
FROM "users" AS t INDEXED BY "users__post_count_id"
ORDER BY 3 DESC, 1 DESC
LIMIT ?1
