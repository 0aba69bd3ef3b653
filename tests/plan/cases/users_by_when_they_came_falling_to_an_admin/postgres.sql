-- page: $1 mark_0, $2 limit
SELECT "t"."id", "t"."email", "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t
WHERE "t"."created_at" < $1
ORDER BY "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1497732440) DESC
LIMIT $2
