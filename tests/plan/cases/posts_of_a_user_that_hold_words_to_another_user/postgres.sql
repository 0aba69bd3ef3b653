-- page: $1 words, $2 filter_user_id, $3 caller, $4 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"._search @@ kingpost_query($1)
  AND "t"."user_id" = $2
  AND ("t"."published_at" IS NOT NULL OR "t"."user_id" = $3)
ORDER BY "t"."id" DESC
LIMIT $4

-- total: $1 words, $2 filter_user_id, $3 caller
SELECT count(*)
FROM (
    SELECT "t"."id"
    FROM "posts" AS t
    WHERE "t"._search @@ kingpost_query($1)
      AND "t"."user_id" = $2
      AND ("t"."published_at" IS NOT NULL OR "t"."user_id" = $3)
    LIMIT 10001
) AS c
