-- page: $1 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."published_at" IS NOT NULL
ORDER BY "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1617068064) DESC
LIMIT $1
