-- insert: $1 new.id, $2 new.project_id, $3 new.assignee_id, $4 new.title, $5 new.state, $6 new.priority, $7 new.effort, $8 new.due, $9 new.done_at, $10 new.notes, $11 new.created_at, $12 caller
INSERT INTO "tasks" ("id", "project_id", "assignee_id", "title", "state", "priority", "effort", "due", "done_at", "notes", "created_at")
SELECT CAST($1 AS text) COLLATE "C", CAST($2 AS text) COLLATE "C", CAST($3 AS text) COLLATE "C", CAST($4 AS text) COLLATE "C", CAST($5 AS text) COLLATE "C", CAST($6 AS bigint), CAST($7 AS bigint), CAST($8 AS text) COLLATE "C", CAST($9 AS bigint), CAST($10 AS text) COLLATE "C", CAST($11 AS bigint)
WHERE (
    SELECT "_l1"."lead_id"
    FROM "projects" AS _l1
    WHERE "_l1"."id" = CAST($2 AS text) COLLATE "C"
) = $12
  AND CAST($2 AS text) COLLATE "C" IS NOT NULL
  AND EXISTS (
    SELECT 1
    FROM "projects" AS _l2
    WHERE "_l2"."id" = CAST($2 AS text) COLLATE "C"
      AND ("_l2"."visibility" = 'open' OR "_l2"."lead_id" = $12) IS TRUE OFFSET 0
)
RETURNING "tasks"."id", "tasks"."project_id", "tasks"."assignee_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."effort", "tasks"."due", "tasks"."done_at", "tasks"."notes", "tasks"."created_at"

-- explain: $1 new.project_id, $2 caller
SELECT CAST(EXISTS (
    SELECT 1
    FROM "projects" AS _l1
    WHERE "_l1"."id" = CAST($1 AS text) COLLATE "C"
      AND ("_l1"."visibility" = 'open' OR "_l1"."lead_id" = $2) IS TRUE OFFSET 0
) AS int)

-- create: $1 new.id, $2 new.project_id, $3 new.assignee_id, $4 new.title, $5 new.state, $6 new.priority, $7 new.effort, $8 new.due, $9 new.done_at, $10 new.notes, $11 new.created_at, $12 caller, $13 actor, $14 at, $15 after
WITH _new ("id", "project_id", "assignee_id", "title", "state", "priority", "effort", "due", "done_at", "notes", "created_at") AS (INSERT INTO "tasks" ("id", "project_id", "assignee_id", "title", "state", "priority", "effort", "due", "done_at", "notes", "created_at") SELECT CAST($1 AS text) COLLATE "C", CAST($2 AS text) COLLATE "C", CAST($3 AS text) COLLATE "C", CAST($4 AS text) COLLATE "C", CAST($5 AS text) COLLATE "C", CAST($6 AS bigint), CAST($7 AS bigint), CAST($8 AS text) COLLATE "C", CAST($9 AS bigint), CAST($10 AS text) COLLATE "C", CAST($11 AS bigint) WHERE (
    SELECT "_l1"."lead_id"
    FROM "projects" AS _l1
    WHERE "_l1"."id" = CAST($2 AS text) COLLATE "C"
) = $12 AND CAST($2 AS text) COLLATE "C" IS NOT NULL AND EXISTS (
    SELECT 1
    FROM "projects" AS _l2
    WHERE "_l2"."id" = CAST($2 AS text) COLLATE "C"
      AND ("_l2"."visibility" = 'open' OR "_l2"."lead_id" = $12) IS TRUE OFFSET 0
) RETURNING "tasks"."id", "tasks"."project_id", "tasks"."assignee_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."effort", "tasks"."due", "tasks"."done_at", "tasks"."notes", "tasks"."created_at"), _change AS (INSERT INTO kingpost_changes ("resource", "key", "kind", "actor", "at", "after") SELECT 'tasks', CAST("_new"."id" AS text), 'created', CAST($13 AS text), CAST($14 AS bigint), CAST($15 AS text) FROM _new)
SELECT _new.*
FROM (
    SELECT 1
) AS _one
LEFT JOIN _new ON true
