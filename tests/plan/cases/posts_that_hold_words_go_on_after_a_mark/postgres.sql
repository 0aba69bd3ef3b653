-- page: $1 words, $2 mark_0, $3 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"._search @@ kingpost_query($1)
  AND "t"."published_at" IS NOT NULL
  AND "t"."id" < $2
ORDER BY "t"."id" DESC
LIMIT $3

-- total: $1 words
SELECT count(*)
FROM (
    SELECT "t"."id"
    FROM "posts" AS t
    WHERE "t"._search @@ kingpost_query($1)
      AND "t"."published_at" IS NOT NULL
    LIMIT 10001
) AS c
