-- page: $1 mark_0, $2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."published_at" > $1
ORDER BY "t"."published_at" NULLS FIRST, "t"."id", ("t"."id" # 591970878)
LIMIT $2
