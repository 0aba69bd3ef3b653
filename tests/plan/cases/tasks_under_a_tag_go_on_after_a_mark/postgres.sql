-- find: $1 key
SELECT "t"."id", "t"."word", "t"."hidden"
FROM "tags" AS t
WHERE "t"."id" = $1
  AND ("t"."hidden" = 0) IS TRUE

-- page: $1 filter_tags.tasks, $2 caller, $3 mark_0, $4 limit
SELECT ("j"."task_id" || ''), "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks_tags" AS j
CROSS JOIN LATERAL (
    SELECT *
    FROM "tasks" AS t
    WHERE "t"."id" = "j"."task_id" OFFSET 0
) AS t
WHERE "j"."tag_id" = $1
  AND (((
    SELECT "_l1"."visibility"
    FROM "projects" AS _l1
    WHERE "_l1"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) OR ((
    SELECT "_l2"."lead_id"
    FROM "projects" AS _l2
    WHERE "_l2"."id" = "t"."project_id"
) = $2 AND "t"."project_id" IS NOT NULL) OR "t"."assignee_id" = $2)
  AND ("j"."task_id" || '') > $3
ORDER BY ("j"."task_id" || '')
LIMIT $4
