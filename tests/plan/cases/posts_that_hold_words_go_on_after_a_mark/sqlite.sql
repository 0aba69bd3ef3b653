-- page: ?1 words, ?2 mark_0, ?3 limit
SELECT w.rowid, "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts__search" AS w
CROSS JOIN "posts" AS t ON "t"."id" = w.rowid
WHERE w."posts__search" MATCH ('"' || replace(replace(?1, '"', '""'), ' ', '" "') || '"*')
  AND "t"."published_at" IS NOT NULL
  AND w.rowid < ?2
ORDER BY 1 DESC
LIMIT ?3

-- total: ?1 words
SELECT count(*)
FROM (
    SELECT w.rowid
    FROM "posts__search" AS w
    CROSS JOIN "posts" AS t ON "t"."id" = w.rowid
    WHERE w."posts__search" MATCH ('"' || replace(replace(?1, '"', '""'), ' ', '" "') || '"*')
      AND "t"."published_at" IS NOT NULL
    LIMIT 10001
) AS c
