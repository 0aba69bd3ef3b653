-- page: $1 caller, $2 limit
(
    SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
    FROM "posts" AS t
    WHERE "t"."published_at" IS NOT NULL
    ORDER BY "t"."published_at" DESC NULLS LAST, "t"."id" DESC, ("t"."id" # 938706158) DESC
    LIMIT $2
)
UNION ALL (
    SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
    FROM "posts" AS t
    WHERE "t"."user_id" = $1
      AND "t"."published_at" IS NULL
    ORDER BY "t"."user_id" DESC, "t"."id" DESC, ("t"."id" # 499689515) DESC
    LIMIT $2
)
ORDER BY 5 DESC NULLS LAST, 1 DESC
LIMIT $2
