-- page: $1 filter_state, $2 caller, $3 limit
(
    SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
    FROM "tasks" AS t
    WHERE "t"."state" = $1
      AND (
        SELECT "_l1"."visibility"
        FROM "projects" AS _l1
        WHERE "_l1"."id" = "t"."project_id"
    ) = 'open'
      AND "t"."project_id" IS NOT NULL
    ORDER BY "t"."state" DESC, "t"."created_at" DESC, "t"."id" DESC, (octet_length("t"."id") # 232300567) DESC
    LIMIT $3
)
UNION ALL (
    SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
    FROM "tasks" AS t
    WHERE "t"."state" = $1
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
    ORDER BY "t"."state" DESC, "t"."created_at" DESC, "t"."id" DESC, (octet_length("t"."id") # 232300567) DESC
    LIMIT $3
)
UNION ALL (
    SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
    FROM "tasks" AS t
    WHERE "t"."state" = $1
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
    ORDER BY "t"."state" DESC, "t"."assignee_id" DESC NULLS LAST, "t"."created_at" DESC, "t"."id" DESC, (octet_length("t"."id") # 1441259545) DESC
    LIMIT $3
)
ORDER BY 11 DESC, 1 DESC
LIMIT $3
