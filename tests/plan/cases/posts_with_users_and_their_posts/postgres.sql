-- page: $1 caller, $2 limit
(
    SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at", "t_1"."id", "t_1"."email", CAST(("t_1"."id" = $1) AS int), "t_1"."name", "t_1"."created_at", "t_1"."updated_at", "t_1"."post_count"
    FROM "posts" AS t
    LEFT JOIN LATERAL (
        SELECT *
        FROM "users" AS t_1
        WHERE "t_1"."id" = "t"."user_id" OFFSET 0
    ) AS t_1 ON true
    WHERE "t"."published_at" IS NOT NULL
    ORDER BY "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1617068064) DESC
    LIMIT $2
)
UNION ALL (
    SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at", "t_1"."id", "t_1"."email", CAST(("t_1"."id" = $1) AS int), "t_1"."name", "t_1"."created_at", "t_1"."updated_at", "t_1"."post_count"
    FROM "posts" AS t
    LEFT JOIN LATERAL (
        SELECT *
        FROM "users" AS t_1
        WHERE "t_1"."id" = "t"."user_id" OFFSET 0
    ) AS t_1 ON true
    WHERE "t"."user_id" = $1
      AND "t"."published_at" IS NULL
    ORDER BY "t"."user_id" DESC, "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1514791062) DESC
    LIMIT $2
)
ORDER BY 6 DESC, 1 DESC
LIMIT $2

-- linked: $1 caller, $2 parents
SELECT p.value, "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM (
    SELECT CAST(e.value AS bigint) AS value
    FROM jsonb_array_elements_text(CAST($2 AS jsonb)) AS e
) AS p
CROSS JOIN LATERAL (
    SELECT "c"."id"
    FROM ((
        SELECT "s"."id" AS "id", "s"."created_at" AS "created_at"
        FROM "posts" AS s
        WHERE "s"."user_id" = p.value
          AND "s"."published_at" IS NOT NULL
        ORDER BY "s"."user_id" DESC, "s"."created_at" DESC, "s"."id" DESC, ("s"."id" # 1261424742) DESC
        LIMIT 21
    ) UNION ALL (
        SELECT "s"."id" AS "id", "s"."created_at" AS "created_at"
        FROM "posts" AS s
        WHERE "s"."user_id" = p.value
          AND "s"."user_id" = $1
          AND "s"."published_at" IS NULL
        ORDER BY "s"."user_id" DESC, "s"."created_at" DESC, "s"."id" DESC, ("s"."id" # 1514791062) DESC
        LIMIT 21
    ) ORDER BY 2 DESC, 1 DESC LIMIT 21) AS c
) AS n
CROSS JOIN LATERAL (
    SELECT *
    FROM "posts" AS t
    WHERE "t"."id" = n.id OFFSET 0
) AS t
ORDER BY 7 DESC, 2 DESC
