-- page: ?1 filter_user_id, ?2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__user_id_created_at_id_8df2f9"
WHERE "t"."user_id" = ?1
  AND "t"."published_at" IS NOT NULL
ORDER BY 6 DESC, 1 DESC
LIMIT ?2
