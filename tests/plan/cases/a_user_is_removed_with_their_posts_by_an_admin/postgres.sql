-- delete: $1 key
DELETE FROM "users"
WHERE "users"."id" = $1
RETURNING "users"."id", "users"."email", "users"."email_key", "users"."password", "users"."admin", "users"."epoch", "users"."name", "users"."created_at", "users"."updated_at", "users"."post_count"

-- find: $1 key
SELECT "t"."id", "t"."email", "t"."email_key", "t"."password", "t"."admin", "t"."epoch", "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count", CAST((1 = 1) AS int), CAST((1 = 1) AS int)
FROM "users" AS t
WHERE "t"."id" = $1

-- deleterows: $1 ids
DELETE FROM "users"
WHERE "id" = ANY(ARRAY(
    SELECT i.value
    FROM (
        SELECT CAST(e.value AS bigint) AS value
        FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS e
    ) AS i
))
RETURNING "users"."id", "users"."email", "users"."email_key", "users"."password", "users"."admin", "users"."epoch", "users"."name", "users"."created_at", "users"."updated_at", "users"."post_count"

-- pointing: $1 parents
SELECT "posts"."id", "posts"."user_id", "posts"."title", "posts"."content", "posts"."published_at", "posts"."created_at"
FROM "posts"
WHERE "user_id" = ANY(ARRAY(
    SELECT i.value
    FROM (
        SELECT CAST(e.value AS bigint) AS value
        FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS e
    ) AS i
))

-- deleterows: $1 ids
DELETE FROM "posts"
WHERE "id" = ANY(ARRAY(
    SELECT i.value
    FROM (
        SELECT CAST(e.value AS bigint) AS value
        FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS e
    ) AS i
))
RETURNING "posts"."id", "posts"."user_id", "posts"."title", "posts"."content", "posts"."published_at", "posts"."created_at"

-- add: $1 amount, $2 key
UPDATE "users"
SET "post_count" = "post_count" + $1
WHERE "id" = $2
