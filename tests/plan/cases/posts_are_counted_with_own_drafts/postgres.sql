-- page: $1 caller, $2 limit
(
    SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
    FROM "posts" AS t
    WHERE "t"."published_at" IS NOT NULL
    ORDER BY "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1617068064) DESC
    LIMIT $2
)
UNION ALL (
    SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
    FROM "posts" AS t
    WHERE "t"."user_id" = $1
      AND "t"."published_at" IS NULL
    ORDER BY "t"."user_id" DESC, "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1514791062) DESC
    LIMIT $2
)
ORDER BY 6 DESC, 1 DESC
LIMIT $2

-- total: $1 caller
SELECT count(*)
FROM ((
    SELECT "t"."id"
    FROM "posts" AS t
    WHERE "t"."published_at" IS NOT NULL
    ORDER BY "t"."created_at", "t"."id", ("t"."id" # 1617068064)
    LIMIT 10001
) UNION ALL (
    SELECT "t"."id"
    FROM "posts" AS t
    WHERE "t"."user_id" = $1
      AND "t"."published_at" IS NULL
    ORDER BY "t"."user_id", "t"."created_at", "t"."id", ("t"."id" # 1514791062)
    LIMIT 10001
) LIMIT 10001) AS c
