-- find: ?1 caller, ?2 key
SELECT "t"."id", "t"."email", ("t"."id" = ?1), "t"."name", "t"."created_at", "t"."updated_at"
FROM "users" AS t
WHERE "t"."id" = ?2

-- page: ?1 filter_user_id, ?2 mark_0, ?3 caller, ?4 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__user_id_created_at_id_8df2f9"
WHERE "t"."user_id" = ?1
  AND "t"."published_at" IS NOT NULL
  AND "t"."created_at" < ?2
UNION ALL
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t INDEXED BY "posts__user_id_created_at_id_019664"
WHERE "t"."user_id" = ?1
  AND "t"."user_id" = ?3
  AND "t"."published_at" IS NULL
  AND "t"."created_at" < ?2
ORDER BY 6 DESC, 1 DESC
LIMIT ?4
