-- delete: ?1 key
DELETE FROM "members"
WHERE "members"."id" = ?1
RETURNING "members"."id", "members"."email", "members"."email_key", "members"."password", "members"."admin", "members"."epoch", "members"."name"

-- find: ?1 key
SELECT "t"."id", "t"."email", "t"."email_key", "t"."password", "t"."admin", "t"."epoch", "t"."name", (1 = 1), (1 = 1)
FROM "members" AS t
WHERE "t"."id" = ?1

-- deleterows: ?1 ids
DELETE FROM "members"
WHERE "id" IN (
    SELECT i.value
    FROM json_each(?1) AS i
)
RETURNING "members"."id", "members"."email", "members"."email_key", "members"."password", "members"."admin", "members"."epoch", "members"."name"

-- anylinked: ?1 parents
SELECT 1
FROM "projects"
WHERE "lead_id" IN (
    SELECT i.value
    FROM json_each(?1) AS i
)
LIMIT 1

-- pointing: ?1 parents
SELECT "tasks"."id", "tasks"."project_id", "tasks"."assignee_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."effort", "tasks"."due", "tasks"."done_at", "tasks"."notes", "tasks"."created_at"
FROM "tasks"
WHERE "assignee_id" IN (
    SELECT i.value
    FROM json_each(?1) AS i
)

-- clearlinked: ?1 parents
UPDATE "tasks"
SET "assignee_id" = NULL
WHERE "assignee_id" IN (
    SELECT i.value
    FROM json_each(?1) AS i
)
RETURNING "tasks"."id", "tasks"."project_id", "tasks"."assignee_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."effort", "tasks"."due", "tasks"."done_at", "tasks"."notes", "tasks"."created_at"
