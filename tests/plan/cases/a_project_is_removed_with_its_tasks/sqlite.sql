-- delete: ?1 caller, ?2 key
DELETE FROM "projects"
WHERE "projects"."id" = ?2
  AND "projects"."lead_id" = ?1
RETURNING "projects"."id", "projects"."lead_id", "projects"."name", "projects"."visibility", "projects"."settings"

-- find: ?1 caller, ?2 key
SELECT "t"."id", "t"."lead_id", "t"."name", "t"."visibility", "t"."settings", ("t"."visibility" = 'open' OR "t"."lead_id" = ?1), ("t"."lead_id" = ?1)
FROM "projects" AS t
WHERE "t"."id" = ?2

-- deleterows: ?1 ids
DELETE FROM "projects"
WHERE "id" IN (
    SELECT i.value
    FROM json_each(?1) AS i
)
RETURNING "projects"."id", "projects"."lead_id", "projects"."name", "projects"."visibility", "projects"."settings"

-- pointing: ?1 parents
SELECT "tasks"."id", "tasks"."project_id", "tasks"."assignee_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."effort", "tasks"."due", "tasks"."done_at", "tasks"."notes", "tasks"."created_at"
FROM "tasks"
WHERE "project_id" IN (
    SELECT i.value
    FROM json_each(?1) AS i
)

-- deleterows: ?1 ids
DELETE FROM "tasks"
WHERE "id" IN (
    SELECT i.value
    FROM json_each(?1) AS i
)
RETURNING "tasks"."id", "tasks"."project_id", "tasks"."assignee_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."effort", "tasks"."due", "tasks"."done_at", "tasks"."notes", "tasks"."created_at"
