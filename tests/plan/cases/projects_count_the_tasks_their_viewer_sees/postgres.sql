-- page: $1 caller, $2 limit
(
    SELECT "t"."id", "t"."lead_id", "t"."name", "t"."visibility", "t"."settings", (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM "tasks" AS _l1
            WHERE "_l1"."project_id" = "t"."id"
              AND ("_l1"."state" = 'open' AND (((
                SELECT "_l2"."visibility"
                FROM "projects" AS _l2
                WHERE "_l2"."id" = "_l1"."project_id"
            ) = 'open' AND "_l1"."project_id" IS NOT NULL) OR ((
                SELECT "_l3"."lead_id"
                FROM "projects" AS _l3
                WHERE "_l3"."id" = "_l1"."project_id"
            ) = $1 AND "_l1"."project_id" IS NOT NULL) OR "_l1"."assignee_id" = $1))
            ORDER BY "_l1"."project_id", "_l1"."priority" DESC, "_l1"."due" NULLS FIRST, "_l1"."id", (octet_length("_l1"."id") # 914646961)
        ) AS c
    )
    FROM "projects" AS t
    WHERE "t"."visibility" = 'open'
    ORDER BY "t"."name", "t"."id", (octet_length("t"."id") # 1382706170)
    LIMIT $2
)
UNION ALL (
    SELECT "t"."id", "t"."lead_id", "t"."name", "t"."visibility", "t"."settings", (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM "tasks" AS _l4
            WHERE "_l4"."project_id" = "t"."id"
              AND ("_l4"."state" = 'open' AND (((
                SELECT "_l5"."visibility"
                FROM "projects" AS _l5
                WHERE "_l5"."id" = "_l4"."project_id"
            ) = 'open' AND "_l4"."project_id" IS NOT NULL) OR ((
                SELECT "_l6"."lead_id"
                FROM "projects" AS _l6
                WHERE "_l6"."id" = "_l4"."project_id"
            ) = $1 AND "_l4"."project_id" IS NOT NULL) OR "_l4"."assignee_id" = $1))
            ORDER BY "_l4"."project_id", "_l4"."priority" DESC, "_l4"."due" NULLS FIRST, "_l4"."id", (octet_length("_l4"."id") # 914646961)
        ) AS c
    )
    FROM "projects" AS t
    WHERE "t"."lead_id" = $1
      AND ("t"."visibility" = 'open') IS NOT TRUE
    ORDER BY "t"."lead_id", "t"."name", "t"."id", (octet_length("t"."id") # 891931373)
    LIMIT $2
)
ORDER BY 3, 1
LIMIT $2
