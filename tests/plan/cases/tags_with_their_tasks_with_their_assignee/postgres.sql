-- page: $1 limit
SELECT "t"."id", "t"."word", "t"."hidden"
FROM "tags" AS t
WHERE "t"."hidden" = 0
ORDER BY "t"."word", "t"."id", (octet_length("t"."id") # 624471804)
LIMIT $1

-- linked: $1 caller, $2 parents
SELECT p.value, "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at", "t_1"."id", "t_1"."email", CAST(("t_1"."id" = $1) AS int), "t_1"."name"
FROM (
    SELECT e.value AS value
    FROM jsonb_array_elements_text(CAST($2 AS jsonb)) AS e
) AS p
CROSS JOIN LATERAL (
    SELECT "c"."id"
    FROM (
        SELECT ("j"."task_id" || '') AS "id"
        FROM "tasks_tags" AS j
        CROSS JOIN LATERAL (
            SELECT *
            FROM "tasks" AS s
            WHERE "s"."id" = ("j"."task_id" || '') OFFSET 0
        ) AS s
        WHERE "j"."tag_id" = p.value
          AND (((
            SELECT "_l1"."visibility"
            FROM "projects" AS _l1
            WHERE "_l1"."id" = "s"."project_id"
        ) = 'open' AND "s"."project_id" IS NOT NULL) OR ((
            SELECT "_l2"."lead_id"
            FROM "projects" AS _l2
            WHERE "_l2"."id" = "s"."project_id"
        ) = $1 AND "s"."project_id" IS NOT NULL) OR "s"."assignee_id" = $1)
        ORDER BY ("j"."task_id" || '')
        LIMIT 4
    ) AS c
) AS n
CROSS JOIN LATERAL (
    SELECT *
    FROM "tasks" AS t
    WHERE "t"."id" = n.id OFFSET 0
) AS t
LEFT JOIN LATERAL (
    SELECT *
    FROM "members" AS t_1
    WHERE "t_1"."id" = "t"."assignee_id" OFFSET 0
) AS t_1 ON true
ORDER BY 2
