-- page: ?1 limit
SELECT "t"."id", "t"."name", "t"."post_count"
FROM "users" AS t INDEXED BY "users__post_count_id"
ORDER BY 3 DESC, 1 DESC
LIMIT ?1

-- linked: ?1 parents
SELECT p.value, "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at", "t_1"."id", "t_1"."name", "t_1"."post_count"
FROM json_each(?1) AS p
CROSS JOIN "posts" AS t
LEFT JOIN "users" AS t_1 ON "t_1"."id" = "t"."user_id"
WHERE "t"."id" IN (
    SELECT "c"."id"
    FROM (
        SELECT "s"."id" AS "id", "s"."created_at" AS "created_at"
        FROM "posts" AS s INDEXED BY "posts__user_id_created_at_id_8df2f9"
        WHERE "s"."user_id" = p.value
          AND "s"."published_at" IS NOT NULL
        ORDER BY 2 DESC, 1 DESC
        LIMIT 21
    ) AS c
)
ORDER BY 7 DESC, 2 DESC
