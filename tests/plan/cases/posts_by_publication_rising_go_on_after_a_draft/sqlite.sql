-- page: ?1 mark_1, ?2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__published_at_id"
WHERE "t"."published_at" IS NULL
  AND "t"."id" > ?1
ORDER BY 5, 1
LIMIT ?2

-- page: ?1 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__published_at_id_0e7703"
WHERE "t"."published_at" IS NOT NULL
ORDER BY 5, 1
LIMIT ?1
