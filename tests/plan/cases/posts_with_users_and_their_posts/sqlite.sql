-- page: ?1 caller, ?2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at", "t_1"."id", "t_1"."email", ("t_1"."id" = ?1), "t_1"."name", "t_1"."created_at", "t_1"."updated_at", "t_1"."post_count"
FROM "posts" AS t INDEXED BY "posts__created_at_id_6feaeb"
LEFT JOIN "users" AS t_1 ON "t_1"."id" = "t"."user_id"
WHERE "t"."published_at" IS NOT NULL
UNION ALL
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at", "t_1"."id", "t_1"."email", ("t_1"."id" = ?1), "t_1"."name", "t_1"."created_at", "t_1"."updated_at", "t_1"."post_count"
FROM "posts" AS t INDEXED BY "posts__user_id_created_at_id_019664"
LEFT JOIN "users" AS t_1 ON "t_1"."id" = "t"."user_id"
WHERE "t"."user_id" = ?1
  AND "t"."published_at" IS NULL
ORDER BY 6 DESC, 1 DESC
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
