-- find: $1 caller, $2 key
SELECT "t"."id", "t"."email", CAST(("t"."id" = $1) AS int), "t"."name", "t"."created_at", "t"."updated_at", "t"."post_count", (
    SELECT "v"."epoch" * 2 + "v"."admin"
    FROM "users" AS v
    WHERE "v"."id" = $1
)
FROM "users" AS t
WHERE "t"."id" = $2
