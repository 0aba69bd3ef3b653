-- page: $1 range_gte, $2 range_lt, $3 caller, $4 limit
(
    SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
    FROM "posts" AS t
    WHERE "t"."published_at" IS NOT NULL
      AND "t"."created_at" >= $1
      AND "t"."created_at" < $2
    ORDER BY "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1617068064) DESC
    LIMIT $4
)
UNION ALL (
    SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
    FROM "posts" AS t
    WHERE "t"."user_id" = $3
      AND "t"."published_at" IS NULL
      AND "t"."created_at" >= $1
      AND "t"."created_at" < $2
    ORDER BY "t"."user_id" DESC, "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1514791062) DESC
    LIMIT $4
)
ORDER BY 6 DESC, 1 DESC
LIMIT $4
