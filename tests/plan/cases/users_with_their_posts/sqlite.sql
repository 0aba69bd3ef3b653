-- page: ?1 caller, ?2 limit
SELECT "t"."id", "t"."email", ("t"."id" = ?1), "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count"
FROM "users" AS t INDEXED BY "users__post_count_id"
ORDER BY 7 DESC, 1 DESC
LIMIT ?2

-- linked: ?1 caller, ?2 parents
SELECT p.value, "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM json_each(?2) AS p
CROSS JOIN "posts" AS t
WHERE "t"."id" IN (
    SELECT "c"."id"
    FROM (
        SELECT "s"."id" AS "id", "s"."created_at" AS "created_at"
        FROM "posts" AS s INDEXED BY "posts__user_id_created_at_id_8df2f9"
        WHERE "s"."user_id" = p.value
          AND "s"."published_at" IS NOT NULL
        UNION ALL
        SELECT "s"."id" AS "id", "s"."created_at" AS "created_at"
        FROM "posts" AS s INDEXED BY "posts__user_id_created_at_id_019664"
        WHERE "s"."user_id" = p.value
          AND "s"."user_id" = ?1
          AND "s"."published_at" IS NULL
        ORDER BY 2 DESC, 1 DESC
        LIMIT 21
    ) AS c
)
ORDER BY 7 DESC, 2 DESC
