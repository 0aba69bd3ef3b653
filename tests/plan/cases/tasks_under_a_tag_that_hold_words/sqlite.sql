-- page: ?1 words, ?2 filter_tags.tasks, ?3 caller, ?4 limit
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks__search" AS w
CROSS JOIN "tasks" AS t ON "t"."_rowid_" = w.rowid
CROSS JOIN "tasks_tags" AS j ON "t"."id" = "j"."task_id"
  AND "j"."tag_id" = ?2
WHERE w."tasks__search" MATCH ('"' || replace(replace(?1, '"', '""'), ' ', '" "') || '"*')
  AND (((
    SELECT "_l1"."visibility"
    FROM "projects" AS _l1
    WHERE "_l1"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) OR ((
    SELECT "_l2"."lead_id"
    FROM "projects" AS _l2
    WHERE "_l2"."id" = "t"."project_id"
) = ?3 AND "t"."project_id" IS NOT NULL) OR "t"."assignee_id" = ?3)
ORDER BY 1 DESC
LIMIT ?4

-- total: ?1 words, ?2 filter_tags.tasks, ?3 caller
SELECT count(*)
FROM (
    SELECT "t"."id"
    FROM "tasks__search" AS w
    CROSS JOIN "tasks" AS t ON "t"."_rowid_" = w.rowid
    CROSS JOIN "tasks_tags" AS j ON "t"."id" = "j"."task_id"
      AND "j"."tag_id" = ?2
    WHERE w."tasks__search" MATCH ('"' || replace(replace(?1, '"', '""'), ' ', '" "') || '"*')
      AND (((
        SELECT "_l1"."visibility"
        FROM "projects" AS _l1
        WHERE "_l1"."id" = "t"."project_id"
    ) = 'open' AND "t"."project_id" IS NOT NULL) OR ((
        SELECT "_l2"."lead_id"
        FROM "projects" AS _l2
        WHERE "_l2"."id" = "t"."project_id"
    ) = ?3 AND "t"."project_id" IS NOT NULL) OR "t"."assignee_id" = ?3)
    LIMIT 10001
) AS c

-- find: ?1 key
SELECT "t"."id", "t"."word", "t"."hidden"
FROM "tags" AS t
WHERE "t"."id" = ?1
  AND "t"."hidden" = 0
