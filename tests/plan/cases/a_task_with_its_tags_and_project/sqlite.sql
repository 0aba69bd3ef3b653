-- find: ?1 caller, ?2 key
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at", "t_1"."id", "t_1"."lead_id", "t_1"."name", "t_1"."visibility", "t_1"."settings", (
    SELECT count(*)
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
    ) = ?1 AND "_l1"."project_id" IS NOT NULL) OR "_l1"."assignee_id" = ?1))
), "t_1_1"."id", "t_1_1"."email", ("t_1_1"."id" = ?1), "t_1_1"."name", (
    SELECT "v"."epoch" * 2 + "v"."admin"
    FROM "members" AS v
    WHERE "v"."id" = ?1
)
FROM "tasks" AS t
LEFT JOIN "projects" AS t_1 ON "t_1"."id" = "t"."project_id"
  AND ("t_1"."visibility" = 'open' OR "t_1"."lead_id" = ?1)
LEFT JOIN "members" AS t_1_1 ON "t_1_1"."id" = "t_1"."lead_id"
WHERE "t"."id" = ?2
  AND (((
    SELECT "_l4"."visibility"
    FROM "projects" AS _l4
    WHERE "_l4"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) OR ((
    SELECT "_l5"."lead_id"
    FROM "projects" AS _l5
    WHERE "_l5"."id" = "t"."project_id"
) = ?1 AND "t"."project_id" IS NOT NULL) OR "t"."assignee_id" = ?1)

-- linked: ?1 parents
SELECT p.value, "t"."id", "t"."word", "t"."hidden"
FROM json_each(?1) AS p
CROSS JOIN "tags" AS t
WHERE "t"."id" IN (
    SELECT "c"."id"
    FROM (
        SELECT "j"."tag_id" AS "id"
        FROM "tasks_tags" AS j
        CROSS JOIN "tags" AS s ON "s"."id" = "j"."tag_id"
        WHERE "j"."task_id" = p.value
          AND "s"."hidden" = 0
        ORDER BY 1
        LIMIT 21
    ) AS c
)
ORDER BY 2
