-- delete: $1 caller, $2 key
DELETE FROM "projects"
WHERE "projects"."id" = $2
  AND ("projects"."lead_id" = $1) IS TRUE
RETURNING "projects"."id", "projects"."lead_id", "projects"."name", "projects"."visibility", "projects"."settings"

-- find: $1 caller, $2 key
SELECT "t"."id", "t"."lead_id", "t"."name", "t"."visibility", "t"."settings", CAST(("t"."visibility" = 'open' OR "t"."lead_id" = $1) AS int), CAST(("t"."lead_id" = $1) AS int)
FROM "projects" AS t
WHERE "t"."id" = $2

-- deleterows: $1 ids
DELETE FROM "projects"
WHERE "id" = ANY(ARRAY(
    SELECT i.value
    FROM (
        SELECT e.value AS value
        FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS e
    ) AS i
))
RETURNING "projects"."id", "projects"."lead_id", "projects"."name", "projects"."visibility", "projects"."settings"

-- pointing: $1 parents
SELECT "tasks"."id", "tasks"."project_id", "tasks"."assignee_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."effort", "tasks"."due", "tasks"."done_at", "tasks"."notes", "tasks"."created_at"
FROM "tasks"
WHERE "project_id" = ANY(ARRAY(
    SELECT i.value
    FROM (
        SELECT e.value AS value
        FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS e
    ) AS i
))

-- deleterows: $1 ids
DELETE FROM "tasks"
WHERE "id" = ANY(ARRAY(
    SELECT i.value
    FROM (
        SELECT e.value AS value
        FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS e
    ) AS i
))
RETURNING "tasks"."id", "tasks"."project_id", "tasks"."assignee_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."effort", "tasks"."due", "tasks"."done_at", "tasks"."notes", "tasks"."created_at"
