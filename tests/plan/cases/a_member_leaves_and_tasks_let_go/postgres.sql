-- delete: $1 key
DELETE FROM "members"
WHERE "members"."id" = $1
RETURNING "members"."id", "members"."email", "members"."email_key", "members"."password", "members"."admin", "members"."epoch", "members"."name"

-- find: $1 key
SELECT "t"."id", "t"."email", "t"."email_key", "t"."password", "t"."admin", "t"."epoch", "t"."name", CAST((1 = 1) AS int), CAST((1 = 1) AS int)
FROM "members" AS t
WHERE "t"."id" = $1

-- deleterows: $1 ids
DELETE FROM "members"
WHERE "id" = ANY(ARRAY(
    SELECT i.value
    FROM (
        SELECT e.value AS value
        FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS e
    ) AS i
))
RETURNING "members"."id", "members"."email", "members"."email_key", "members"."password", "members"."admin", "members"."epoch", "members"."name"

-- anylinked: $1 parents
SELECT 1
FROM "projects"
WHERE "lead_id" = ANY(ARRAY(
    SELECT i.value
    FROM (
        SELECT e.value AS value
        FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS e
    ) AS i
))
LIMIT 1

-- pointing: $1 parents
SELECT "tasks"."id", "tasks"."project_id", "tasks"."assignee_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."effort", "tasks"."due", "tasks"."done_at", "tasks"."notes", "tasks"."created_at"
FROM "tasks"
WHERE "assignee_id" = ANY(ARRAY(
    SELECT i.value
    FROM (
        SELECT e.value AS value
        FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS e
    ) AS i
))

-- clearlinked: $1 parents
UPDATE "tasks"
SET "assignee_id" = NULL
WHERE "assignee_id" = ANY(ARRAY(
    SELECT i.value
    FROM (
        SELECT e.value AS value
        FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS e
    ) AS i
))
RETURNING "tasks"."id", "tasks"."project_id", "tasks"."assignee_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."effort", "tasks"."due", "tasks"."done_at", "tasks"."notes", "tasks"."created_at"
