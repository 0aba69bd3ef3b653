-- page: $1 mark_0, $2 limit
SELECT "t"."id", "t"."user_id", "t"."title", "t"."content", "t"."published_at", "t"."created_at"
FROM "posts" AS t
WHERE "t"."published_at" IS NOT NULL
  AND "t"."created_at" < $1
ORDER BY "t"."created_at" DESC, "t"."id" DESC, ("t"."id" # 1617068064) DESC
LIMIT $2

-- total: no values
SELECT count(*)
FROM (
    SELECT "t"."id"
    FROM "posts" AS t
    WHERE "t"."published_at" IS NOT NULL
    ORDER BY "t"."created_at", "t"."id", ("t"."id" # 1617068064)
    LIMIT 10001
) AS c
