-- page: ?1 mark_0, ?2 limit
SELECT "t"."id", "t"."name", "t"."post_count"
FROM "users" AS t INDEXED BY "users__post_count_id"
WHERE "t"."post_count" < ?1
ORDER BY 3 DESC, 1 DESC
LIMIT ?2
