-- page: ?1 range_lte, ?2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__published_at_id_0e7703"
WHERE "t"."published_at" IS NOT NULL
  AND "t"."published_at" <= ?1
ORDER BY 5 DESC, 1 DESC
LIMIT ?2
