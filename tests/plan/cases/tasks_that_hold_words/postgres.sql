-- page: $1 words, $2 filter_state, $3 caller, $4 limit
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t
WHERE "t"._search @@ kingpost_query($1)
  AND "t"."state" = $2
  AND (((
    SELECT "_l1"."visibility"
    FROM "projects" AS _l1
    WHERE "_l1"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) OR ((
    SELECT "_l2"."lead_id"
    FROM "projects" AS _l2
    WHERE "_l2"."id" = "t"."project_id"
) = $3 AND "t"."project_id" IS NOT NULL) OR "t"."assignee_id" = $3)
ORDER BY "t"."id" DESC
LIMIT $4

-- total: $1 words, $2 filter_state, $3 caller
SELECT count(*)
FROM (
    SELECT "t"."id"
    FROM "tasks" AS t
    WHERE "t"._search @@ kingpost_query($1)
      AND "t"."state" = $2
      AND (((
        SELECT "_l1"."visibility"
        FROM "projects" AS _l1
        WHERE "_l1"."id" = "t"."project_id"
    ) = 'open' AND "t"."project_id" IS NOT NULL) OR ((
        SELECT "_l2"."lead_id"
        FROM "projects" AS _l2
        WHERE "_l2"."id" = "t"."project_id"
    ) = $3 AND "t"."project_id" IS NOT NULL) OR "t"."assignee_id" = $3)
    LIMIT 10001
) AS c
