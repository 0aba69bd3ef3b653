-- page: ?1 caller, ?2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__created_at_id_6feaeb"
WHERE "t"."published_at" IS NOT NULL
UNION ALL
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__user_id_created_at_id_019664"
WHERE "t"."user_id" = ?1
  AND "t"."published_at" IS NULL
ORDER BY 6 DESC, 1 DESC
LIMIT ?2

-- total: ?1 caller
SELECT count(*)
FROM (
    SELECT "t"."id"
    FROM "posts" AS t INDEXED BY "posts__created_at_id_6feaeb"
    WHERE "t"."published_at" IS NOT NULL
    UNION ALL
    SELECT "t"."id"
    FROM "posts" AS t INDEXED BY "posts__user_id_created_at_id_019664"
    WHERE "t"."user_id" = ?1
      AND "t"."published_at" IS NULL
    LIMIT 10001
) AS c
