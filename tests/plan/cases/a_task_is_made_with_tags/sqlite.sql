-- insert: ?1 new.id, ?2 new.project_id, ?3 new.assignee_id, ?4 new.title, ?5 new.state, ?6 new.priority, ?7 new.effort, ?8 new.due, ?9 new.done_at, ?10 new.notes, ?11 new.created_at, ?12 caller
INSERT INTO "tasks" ("id", "project_id", "assignee_id", "title", "state", "priority", "effort", "due", "done_at", "notes", "created_at")
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
WHERE (
    SELECT "_l1"."lead_id"
    FROM "projects" AS _l1
    WHERE "_l1"."id" = ?2
) = ?12
  AND ?2 IS NOT NULL
  AND EXISTS (
    SELECT 1
    FROM "projects" AS _l2
    WHERE "_l2"."id" = ?2
      AND ("_l2"."visibility" = 'open' OR "_l2"."lead_id" = ?12)
)
RETURNING "tasks"."id", "tasks"."project_id", "tasks"."assignee_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."effort", "tasks"."due", "tasks"."done_at", "tasks"."notes", "tasks"."created_at"

-- explain: ?1 new.project_id, ?2 caller
SELECT EXISTS (
    SELECT 1
    FROM "projects" AS _l1
    WHERE "_l1"."id" = ?1
      AND ("_l1"."visibility" = 'open' OR "_l1"."lead_id" = ?2)
)

-- unpair: ?1 key
DELETE FROM "tasks_tags"
WHERE "task_id" = ?1
  AND EXISTS (
    SELECT 1
    FROM "tags" AS t
    WHERE "t"."id" = "tasks_tags"."tag_id"
      AND "t"."hidden" = 0
)

-- pair: ?1 ids, ?2 key
INSERT INTO "tasks_tags" ("task_id", "tag_id")
SELECT ?2, i.value
FROM json_each(?1) AS i
CROSS JOIN "tags" AS t ON "t"."id" = i.value
WHERE "t"."hidden" = 0
RETURNING "tag_id"
