-- page: ?1 limit
SELECT "t"."id", "t"."word", "t"."hidden"
FROM "tags" AS t INDEXED BY "tags__word_id_34fe4d"
WHERE "t"."hidden" = 0
ORDER BY 2, 1
LIMIT ?1

-- linked: ?1 caller, ?2 parents
SELECT p.value, "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at", "t_1"."id", "t_1"."email", ("t_1"."id" = ?1), "t_1"."name"
FROM json_each(?2) AS p
CROSS JOIN "tasks" AS t
LEFT JOIN "members" AS t_1 ON "t_1"."id" = "t"."assignee_id"
WHERE "t"."id" IN (
    SELECT "c"."id"
    FROM (
        SELECT "j"."task_id" AS "id"
        FROM "tasks_tags" AS j
        CROSS JOIN "tasks" AS s ON "s"."id" = "j"."task_id"
        WHERE "j"."tag_id" = p.value
          AND (((
            SELECT "_l1"."visibility"
            FROM "projects" AS _l1
            WHERE "_l1"."id" = "s"."project_id"
        ) = 'open' AND "s"."project_id" IS NOT NULL) OR ((
            SELECT "_l2"."lead_id"
            FROM "projects" AS _l2
            WHERE "_l2"."id" = "s"."project_id"
        ) = ?1 AND "s"."project_id" IS NOT NULL) OR "s"."assignee_id" = ?1)
        ORDER BY 1
        LIMIT 4
    ) AS c
)
ORDER BY 2
