-- page: ?1 words, ?2 filter_user_id, ?3 caller, ?4 limit
SELECT w.rowid, "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts__search" AS w
CROSS JOIN "posts" AS t ON "t"."id" = w.rowid
WHERE w."posts__search" MATCH ('"' || replace(replace(?1, '"', '""'), ' ', '" "') || '"*')
  AND "t"."user_id" = ?2
  AND ("t"."published_at" IS NOT NULL OR "t"."user_id" = ?3)
ORDER BY 1 DESC
LIMIT ?4

-- find: ?1 caller, ?2 key
SELECT "t"."id", "t"."email", ("t"."id" = ?1), "t"."name", "t"."created_at", "t"."updated_at"
FROM "users" AS t
WHERE "t"."id" = ?2
