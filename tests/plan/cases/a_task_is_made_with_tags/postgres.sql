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

-- unpair: $1 key
DELETE FROM "tasks_tags"
WHERE "task_id" = $1
  AND EXISTS (
    SELECT 1
    FROM "tags" AS t
    WHERE "t"."id" = "tasks_tags"."tag_id"
      AND ("t"."hidden" = 0) IS TRUE OFFSET 0
)

-- pair: $1 ids, $2 key
INSERT INTO "tasks_tags" ("task_id", "tag_id")
SELECT CAST($2 AS text) COLLATE "C", i.value
FROM (
    SELECT e.value AS value
    FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS e
) AS i
CROSS JOIN LATERAL (
    SELECT *
    FROM "tags" AS t
    WHERE "t"."id" = i.value OFFSET 0
) AS t
WHERE "t"."hidden" = 0
RETURNING "tag_id"
