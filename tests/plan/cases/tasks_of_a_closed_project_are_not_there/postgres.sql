-- page: $1 filter_project_id, $2 caller, $3 limit
(
    SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
    FROM "tasks" AS t
    WHERE "t"."project_id" = $1
      AND (
        SELECT "_l1"."visibility"
        FROM "projects" AS _l1
        WHERE "_l1"."id" = "t"."project_id"
    ) = 'open'
      AND "t"."project_id" IS NOT NULL
    ORDER BY "t"."project_id", "t"."priority" DESC, "t"."due" NULLS FIRST, "t"."id", (octet_length("t"."id") # 914646961)
    LIMIT $3
)
UNION ALL (
    SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
    FROM "tasks" AS t
    WHERE "t"."project_id" = $1
      AND (
        SELECT "_l2"."lead_id"
        FROM "projects" AS _l2
        WHERE "_l2"."id" = "t"."project_id"
    ) = $2
      AND "t"."project_id" IS NOT NULL
      AND ((
        SELECT "_l3"."visibility"
        FROM "projects" AS _l3
        WHERE "_l3"."id" = "t"."project_id"
    ) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
    ORDER BY "t"."project_id", "t"."priority" DESC, "t"."due" NULLS FIRST, "t"."id", (octet_length("t"."id") # 914646961)
    LIMIT $3
)
UNION ALL (
    SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
    FROM "tasks" AS t
    WHERE "t"."project_id" = $1
      AND "t"."assignee_id" = $2
      AND ((
        SELECT "_l4"."visibility"
        FROM "projects" AS _l4
        WHERE "_l4"."id" = "t"."project_id"
    ) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
      AND ((
        SELECT "_l5"."lead_id"
        FROM "projects" AS _l5
        WHERE "_l5"."id" = "t"."project_id"
    ) = $2 AND "t"."project_id" IS NOT NULL) IS NOT TRUE
    ORDER BY "t"."project_id", "t"."assignee_id" NULLS FIRST, "t"."priority" DESC, "t"."due" NULLS FIRST, "t"."id", (octet_length("t"."id") # 1920543349)
    LIMIT $3
)
ORDER BY 6 DESC, 8 NULLS FIRST, 1
LIMIT $3

-- find: $1 key, $2 caller
SELECT "t"."id", "t"."lead_id", "t"."name", "t"."visibility", "t"."settings"
FROM "projects" AS t
WHERE "t"."id" = $1
  AND ("t"."visibility" = 'open' OR "t"."lead_id" = $2) IS TRUE
