-- find: $1 key
SELECT "t"."id", "t"."name", "t"."post_count"
FROM "users" AS t
WHERE "t"."id" = $1
