-- page: $1 mark_0, $2 mark_1, $3 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."published_at" = $1
  AND "t"."id" < $2
ORDER BY "t"."published_at" DESC NULLS LAST, "t"."id" DESC, ("t"."id" # 591970878) DESC
LIMIT $3

-- page: $1 mark_0, $2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."published_at" < $1
ORDER BY "t"."published_at" DESC NULLS LAST, "t"."id" DESC, ("t"."id" # 591970878) DESC
LIMIT $2
