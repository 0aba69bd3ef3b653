-- page: ?1 words, ?2 caller, ?3 limit
SELECT w.rowid, "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts__search" AS w
CROSS JOIN "posts" AS t ON "t"."id" = w.rowid
WHERE w."posts__search" MATCH ('"' || replace(replace(?1, '"', '""'), ' ', '" "') || '"*')
  AND ("t"."published_at" IS NOT NULL OR "t"."user_id" = ?2)
ORDER BY 1 DESC
LIMIT ?3
