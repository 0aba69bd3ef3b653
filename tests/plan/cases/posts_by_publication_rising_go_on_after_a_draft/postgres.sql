-- page: $1 mark_1, $2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."published_at" IS NULL
  AND "t"."id" > $1
ORDER BY "t"."published_at" NULLS FIRST, "t"."id", ("t"."id" # 591970878)
LIMIT $2

-- page: $1 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."published_at" IS NOT NULL
ORDER BY "t"."published_at" NULLS FIRST, "t"."id", ("t"."id" # 938706158)
LIMIT $1
