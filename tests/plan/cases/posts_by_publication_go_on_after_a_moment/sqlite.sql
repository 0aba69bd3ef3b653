-- page: ?1 mark_0, ?2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__published_at_id_0e7703"
WHERE "t"."published_at" IS NOT NULL
  AND "t"."published_at" < ?1
ORDER BY 5 DESC, 1 DESC
LIMIT ?2

-- page: ?1 caller, ?2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__user_id_id_713c66"
WHERE "t"."user_id" = ?1
  AND "t"."published_at" IS NULL
ORDER BY 5 DESC, 1 DESC
LIMIT ?2
