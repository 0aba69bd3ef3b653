-- page: $1 limit
SELECT "t"."id", "t"."email", "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t
ORDER BY "t"."created_at", "t"."id", ("t"."id" # 1497732440)
LIMIT $1
