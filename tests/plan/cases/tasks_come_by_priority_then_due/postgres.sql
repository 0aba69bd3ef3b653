-- page: $1 caller, $2 limit
(
    SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
    FROM "tasks" AS t
    WHERE (
        SELECT "_l1"."visibility"
        FROM "projects" AS _l1
        WHERE "_l1"."id" = "t"."project_id"
    ) = 'open'
      AND "t"."project_id" IS NOT NULL
    ORDER BY "t"."priority" DESC, "t"."due" NULLS FIRST, "t"."id", (octet_length("t"."id") # 355636812)
    LIMIT $2
)
UNION ALL (
    SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
    FROM "tasks" AS t
    WHERE (
        SELECT "_l2"."lead_id"
        FROM "projects" AS _l2
        WHERE "_l2"."id" = "t"."project_id"
    ) = $1
      AND "t"."project_id" IS NOT NULL
      AND ((
        SELECT "_l3"."visibility"
        FROM "projects" AS _l3
        WHERE "_l3"."id" = "t"."project_id"
    ) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
    ORDER BY "t"."priority" DESC, "t"."due" NULLS FIRST, "t"."id", (octet_length("t"."id") # 355636812)
    LIMIT $2
)
UNION ALL (
    SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
    FROM "tasks" AS t
    WHERE "t"."assignee_id" = $1
      AND ((
        SELECT "_l4"."visibility"
        FROM "projects" AS _l4
        WHERE "_l4"."id" = "t"."project_id"
    ) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
      AND ((
        SELECT "_l5"."lead_id"
        FROM "projects" AS _l5
        WHERE "_l5"."id" = "t"."project_id"
    ) = $1 AND "t"."project_id" IS NOT NULL) IS NOT TRUE
    ORDER BY "t"."assignee_id" NULLS FIRST, "t"."priority" DESC, "t"."due" NULLS FIRST, "t"."id", (octet_length("t"."id") # 1435373210)
    LIMIT $2
)
ORDER BY 6 DESC, 8 NULLS FIRST, 1
LIMIT $2
