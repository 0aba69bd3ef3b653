-- page: ?1 mark_0, ?2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__created_at_id_6feaeb"
WHERE "t"."published_at" IS NOT NULL
  AND "t"."created_at" < ?1
ORDER BY 6 DESC, 1 DESC
LIMIT ?2

-- total: no values
SELECT count(*)
FROM (
    SELECT "t"."id"
    FROM "posts" AS t INDEXED BY "posts__created_at_id_6feaeb"
    WHERE "t"."published_at" IS NOT NULL
    LIMIT 10001
) AS c
