-- page: $1 caller, $2 mark_1, $3 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."user_id" = $1
  AND "t"."published_at" IS NULL
  AND "t"."id" < $2
ORDER BY "t"."user_id" DESC, "t"."id" DESC, ("t"."id" # 499689515) DESC
LIMIT $3
