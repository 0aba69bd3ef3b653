-- page: $1 filter_user_id, $2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."user_id" = $1
  AND "t"."published_at" IS NOT NULL
ORDER BY "t"."user_id" DESC, "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1261424742) DESC
LIMIT $2
