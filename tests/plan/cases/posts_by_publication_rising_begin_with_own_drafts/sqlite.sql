-- page: ?1 caller, ?2 mark_1, ?3 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__user_id_id_713c66"
WHERE "t"."user_id" = ?1
  AND "t"."published_at" IS NULL
  AND "t"."id" > ?2
ORDER BY 5, 1
LIMIT ?3

-- page: ?1 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__published_at_id_0e7703"
WHERE "t"."published_at" IS NOT NULL
ORDER BY 5, 1
LIMIT ?1
