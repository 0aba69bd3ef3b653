-- update: ?1 new.title, ?2 caller, ?3 key
UPDATE "tasks"
SET "title" = ?1
WHERE "tasks"."id" = ?3
  AND (("tasks"."assignee_id" = ?2 OR ((
    SELECT "_l1"."lead_id"
    FROM "projects" AS _l1
    WHERE "_l1"."id" = "tasks"."project_id"
) = ?2 AND "tasks"."project_id" IS NOT NULL)) AND (
    SELECT "_l2"."lead_id"
    FROM "projects" AS _l2
    WHERE "_l2"."id" = "tasks"."project_id"
) = ?2 AND "tasks"."project_id" IS NOT NULL)
  AND (("tasks"."assignee_id" = ?2 OR ((
    SELECT "_l3"."lead_id"
    FROM "projects" AS _l3
    WHERE "_l3"."id" = "tasks"."project_id"
) = ?2 AND "tasks"."project_id" IS NOT NULL)) AND (
    SELECT "_l4"."lead_id"
    FROM "projects" AS _l4
    WHERE "_l4"."id" = "tasks"."project_id"
) = ?2 AND "tasks"."project_id" IS NOT NULL)
RETURNING "tasks"."id", "tasks"."project_id", "tasks"."assignee_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."effort", "tasks"."due", "tasks"."done_at", "tasks"."notes", "tasks"."created_at"

-- find: ?1 caller, ?2 key
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at", (((
    SELECT "_l1"."visibility"
    FROM "projects" AS _l1
    WHERE "_l1"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) OR ((
    SELECT "_l2"."lead_id"
    FROM "projects" AS _l2
    WHERE "_l2"."id" = "t"."project_id"
) = ?1 AND "t"."project_id" IS NOT NULL) OR "t"."assignee_id" = ?1)
FROM "tasks" AS t
WHERE "t"."id" = ?2
