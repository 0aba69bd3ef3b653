-- page: $1 limit
SELECT "t"."id", "t"."name", "t"."post_count"
FROM "users" AS t
ORDER BY "t"."post_count" DESC, "t"."id" DESC, ("t"."id" # 804214885) DESC
LIMIT $1
