-- page: $1 words, $2 filter_user_id, $3 caller, $4 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"._search @@ kingpost_query($1)
  AND "t"."user_id" = $2
  AND ("t"."published_at" IS NOT NULL OR "t"."user_id" = $3)
ORDER BY "t"."id" DESC
LIMIT $4

-- find: $1 caller, $2 key
SELECT "t"."id", "t"."email", CAST(("t"."id" = $1) AS int), "t"."name", "t"."created_at", "t"."updated_at"
FROM "users" AS t
WHERE "t"."id" = $2
