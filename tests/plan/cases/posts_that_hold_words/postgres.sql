-- page: $1 words, $2 caller, $3 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"._search @@ kingpost_query($1)
  AND ("t"."published_at" IS NOT NULL OR "t"."user_id" = $2)
ORDER BY "t"."id" DESC
LIMIT $3
