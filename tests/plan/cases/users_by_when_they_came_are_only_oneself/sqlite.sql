-- page: ?1 caller, ?2 limit
SELECT "t"."id", "t"."email", ("t"."id" = ?1), "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t
WHERE "t"."id" = ?1
ORDER BY 5, 1
LIMIT ?2
