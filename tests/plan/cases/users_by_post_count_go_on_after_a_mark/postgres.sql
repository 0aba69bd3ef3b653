-- page: $1 mark_0, $2 limit
SELECT "t"."id", "t"."name", "t"."post_count"
FROM "users" AS t
WHERE "t"."post_count" < $1
ORDER BY "t"."post_count" DESC, "t"."id" DESC, ("t"."id" # 804214885) DESC
LIMIT $2
