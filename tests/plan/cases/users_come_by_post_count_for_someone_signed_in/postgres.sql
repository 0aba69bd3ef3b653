-- page: $1 caller, $2 limit
SELECT "t"."id", "t"."email", CAST(("t"."id" = $1) AS int), "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t
ORDER BY "t"."post_count" DESC, "t"."id" DESC, ("t"."id" # 804214885) DESC
LIMIT $2
