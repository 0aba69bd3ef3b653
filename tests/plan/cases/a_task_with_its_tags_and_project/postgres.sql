-- find: $1 caller, $2 key
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at", "t_1"."id", "t_1"."lead_id", "t_1"."name", "t_1"."visibility", "t_1"."settings", (
    SELECT count(*)
    FROM (
        SELECT 1
        FROM "tasks" AS _l1
        WHERE "_l1"."project_id" = "t_1"."id"
          AND ("_l1"."state" = 'open' AND (((
            SELECT "_l2"."visibility"
            FROM "projects" AS _l2
            WHERE "_l2"."id" = "_l1"."project_id"
        ) = 'open' AND "_l1"."project_id" IS NOT NULL) OR ((
            SELECT "_l3"."lead_id"
            FROM "projects" AS _l3
            WHERE "_l3"."id" = "_l1"."project_id"
        ) = $1 AND "_l1"."project_id" IS NOT NULL) OR "_l1"."assignee_id" = $1))
        ORDER BY "_l1"."project_id", "_l1"."priority" DESC, "_l1"."due" NULLS FIRST, "_l1"."id", (octet_length("_l1"."id") # 914646961)
    ) AS c
), "t_1_1"."id", "t_1_1"."email", CAST(("t_1_1"."id" = $1) AS int), "t_1_1"."name", (
    SELECT "v"."epoch" * 2 + "v"."admin"
    FROM "members" AS v
    WHERE "v"."id" = $1
)
FROM "tasks" AS t
LEFT JOIN LATERAL (
    SELECT *
    FROM "projects" AS t_1
    WHERE "t_1"."id" = "t"."project_id" OFFSET 0
) AS t_1 ON ("t_1"."visibility" = 'open' OR "t_1"."lead_id" = $1) IS TRUE
LEFT JOIN LATERAL (
    SELECT *
    FROM "members" AS t_1_1
    WHERE "t_1_1"."id" = "t_1"."lead_id" OFFSET 0
) AS t_1_1 ON true
WHERE "t"."id" = $2
  AND (((
    SELECT "_l4"."visibility"
    FROM "projects" AS _l4
    WHERE "_l4"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) OR ((
    SELECT "_l5"."lead_id"
    FROM "projects" AS _l5
    WHERE "_l5"."id" = "t"."project_id"
) = $1 AND "t"."project_id" IS NOT NULL) OR "t"."assignee_id" = $1) IS TRUE

-- linked: $1 parents
SELECT p.value, "t"."id", "t"."word", "t"."hidden"
FROM (
    SELECT e.value AS value
    FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS e
) AS p
CROSS JOIN LATERAL (
    SELECT "c"."id"
    FROM (
        SELECT "j"."tag_id" AS "id"
        FROM "tasks_tags" AS j
        CROSS JOIN LATERAL (
            SELECT *
            FROM "tags" AS s
            WHERE "s"."id" = "j"."tag_id" OFFSET 0
        ) AS s
        WHERE "j"."task_id" = p.value
          AND "s"."hidden" = 0
        ORDER BY "j"."tag_id"
        LIMIT 21
    ) AS c
) AS n
CROSS JOIN LATERAL (
    SELECT *
    FROM "tags" AS t
    WHERE "t"."id" = n.id OFFSET 0
) AS t
ORDER BY 2
