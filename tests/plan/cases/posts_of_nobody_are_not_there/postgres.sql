-- page: $1 filter_user_id, $2 caller, $3 limit
(
    SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
    FROM "posts" AS t
    WHERE "t"."user_id" = $1
      AND "t"."published_at" IS NOT NULL
    ORDER BY "t"."user_id" DESC, "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1261424742) DESC
    LIMIT $3
)
UNION ALL (
    SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
    FROM "posts" AS t
    WHERE "t"."user_id" = $1
      AND "t"."user_id" = $2
      AND "t"."published_at" IS NULL
    ORDER BY "t"."user_id" DESC, "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1514791062) DESC
    LIMIT $3
)
ORDER BY 6 DESC, 1 DESC
LIMIT $3

-- find: $1 caller, $2 key
SELECT "t"."id", "t"."email", CAST(("t"."id" = $1) AS int), "t"."name", "t"."created_at", "t"."updated_at"
FROM "users" AS t
WHERE "t"."id" = $2
