-- page: $1 caller, $2 limit
SELECT "t"."id", "t"."email", CAST(("t"."id" = $1) AS int), "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t
ORDER BY "t"."post_count" DESC, "t"."id" DESC, ("t"."id" # 804214885) DESC
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
