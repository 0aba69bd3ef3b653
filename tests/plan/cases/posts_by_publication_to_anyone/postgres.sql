-- page: $1 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."published_at" IS NOT NULL
ORDER BY "t"."published_at" DESC NULLS LAST, "t"."id" DESC, ("t"."id" # 938706158) DESC
LIMIT $1
