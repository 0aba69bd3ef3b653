-- page: $1 mark_1, $2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."published_at" IS NULL
  AND "t"."id" < $1
ORDER BY "t"."published_at" DESC NULLS LAST, "t"."id" DESC, ("t"."id" # 591970878) DESC
LIMIT $2
