-- page: $1 mark_0, $2 caller, $3 limit
(
    SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
    FROM "tasks" AS t
    WHERE (
        SELECT "_l1"."visibility"
        FROM "projects" AS _l1
        WHERE "_l1"."id" = "t"."project_id"
    ) = 'open'
      AND "t"."project_id" IS NOT NULL
      AND "t"."priority" > $1
    ORDER BY "t"."priority", "t"."due" DESC NULLS LAST, "t"."id" DESC, (octet_length("t"."id") # 355636812) DESC
    LIMIT $3
)
UNION ALL (
    SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
    FROM "tasks" AS t
    WHERE (
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
      AND "t"."priority" > $1
    ORDER BY "t"."priority", "t"."due" DESC NULLS LAST, "t"."id" DESC, (octet_length("t"."id") # 355636812) DESC
    LIMIT $3
)
UNION ALL (
    SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
    FROM "tasks" AS t
    WHERE "t"."assignee_id" = $2
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
      AND "t"."priority" > $1
    ORDER BY "t"."assignee_id" DESC NULLS LAST, "t"."priority", "t"."due" DESC NULLS LAST, "t"."id" DESC, (octet_length("t"."id") # 1435373210) DESC
    LIMIT $3
)
ORDER BY 6, 8 DESC NULLS LAST, 1 DESC
LIMIT $3
