-- page: $1 caller, $2 limit
(
    SELECT "t"."id", "t"."title", "t"."created_at"
    FROM "posts" AS t
    WHERE "t"."published_at" IS NOT NULL
    ORDER BY "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1617068064) DESC
    LIMIT $2
)
UNION ALL (
    SELECT "t"."id", "t"."title", "t"."created_at"
    FROM "posts" AS t
    WHERE "t"."user_id" = $1
      AND "t"."published_at" IS NULL
    ORDER BY "t"."user_id" DESC, "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1514791062) DESC
    LIMIT $2
)
ORDER BY 3 DESC, 1 DESC
LIMIT $2
