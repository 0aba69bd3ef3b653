-- delete: $1 caller, $2 key
DELETE FROM "posts"
WHERE "posts"."id" = $2
  AND ("posts"."user_id" = $1) IS TRUE
RETURNING "posts"."id", "posts"."user_id", "posts"."title", "posts"."content", "posts"."published_at", "posts"."created_at"

-- find: $1 caller, $2 key
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at", CAST(("t"."published_at" IS NOT NULL OR "t"."user_id" = $1) AS int), CAST(("t"."user_id" = $1) AS int)
FROM "posts" AS t
WHERE "t"."id" = $2

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
