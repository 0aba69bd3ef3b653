-- page: $1 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
ORDER BY "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1404223079) DESC
LIMIT $1
