-- find: $1 caller, $2 key
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at", (
    SELECT "v"."epoch" * 2 + "v"."admin"
    FROM "users" AS v
    WHERE "v"."id" = $1
)
FROM "posts" AS t
WHERE "t"."id" = $2
  AND ("t"."published_at" IS NOT NULL OR "t"."user_id" = $1) IS TRUE

-- find: $1 key, $2 caller
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."id" = $1
  AND ("t"."published_at" IS NOT NULL OR "t"."user_id" = $2) IS TRUE
