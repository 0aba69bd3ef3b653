-- page: $1 caller, $2 mark_1, $3 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."user_id" = $1
  AND "t"."published_at" IS NULL
  AND "t"."id" > $2
ORDER BY "t"."user_id", "t"."id", ("t"."id" # 499689515)
LIMIT $3

-- page: $1 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."published_at" IS NOT NULL
ORDER BY "t"."published_at" NULLS FIRST, "t"."id", ("t"."id" # 938706158)
LIMIT $1
