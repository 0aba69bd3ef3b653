-- page: ?1 mark_0, ?2 mark_2, ?3 caller, ?4 limit
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l1"."visibility"
    FROM "projects" AS _l1
    WHERE "_l1"."id" = "t"."project_id"
) = 'open'
  AND "t"."project_id" IS NOT NULL
  AND "t"."priority" = ?1
  AND "t"."due" IS NULL
  AND "t"."id" > ?2
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l2"."visibility"
    FROM "projects" AS _l2
    WHERE "_l2"."id" = "t"."project_id"
) = 'open'
  AND "t"."project_id" IS NOT NULL
  AND "t"."priority" = ?1
  AND "t"."due" IS NOT NULL
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l3"."visibility"
    FROM "projects" AS _l3
    WHERE "_l3"."id" = "t"."project_id"
) = 'open'
  AND "t"."project_id" IS NOT NULL
  AND "t"."priority" < ?1
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l4"."lead_id"
    FROM "projects" AS _l4
    WHERE "_l4"."id" = "t"."project_id"
) = ?3
  AND "t"."project_id" IS NOT NULL
  AND ((
    SELECT "_l5"."visibility"
    FROM "projects" AS _l5
    WHERE "_l5"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" = ?1
  AND "t"."due" IS NULL
  AND "t"."id" > ?2
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l6"."lead_id"
    FROM "projects" AS _l6
    WHERE "_l6"."id" = "t"."project_id"
) = ?3
  AND "t"."project_id" IS NOT NULL
  AND ((
    SELECT "_l7"."visibility"
    FROM "projects" AS _l7
    WHERE "_l7"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" = ?1
  AND "t"."due" IS NOT NULL
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l8"."lead_id"
    FROM "projects" AS _l8
    WHERE "_l8"."id" = "t"."project_id"
) = ?3
  AND "t"."project_id" IS NOT NULL
  AND ((
    SELECT "_l9"."visibility"
    FROM "projects" AS _l9
    WHERE "_l9"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" < ?1
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__assignee_id_priority_desc_due_id"
WHERE "t"."assignee_id" = ?3
  AND ((
    SELECT "_l10"."visibility"
    FROM "projects" AS _l10
    WHERE "_l10"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND ((
    SELECT "_l11"."lead_id"
    FROM "projects" AS _l11
    WHERE "_l11"."id" = "t"."project_id"
) = ?3 AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" = ?1
  AND "t"."due" IS NULL
  AND "t"."id" > ?2
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__assignee_id_priority_desc_due_id"
WHERE "t"."assignee_id" = ?3
  AND ((
    SELECT "_l12"."visibility"
    FROM "projects" AS _l12
    WHERE "_l12"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND ((
    SELECT "_l13"."lead_id"
    FROM "projects" AS _l13
    WHERE "_l13"."id" = "t"."project_id"
) = ?3 AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" = ?1
  AND "t"."due" IS NOT NULL
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__assignee_id_priority_desc_due_id"
WHERE "t"."assignee_id" = ?3
  AND ((
    SELECT "_l14"."visibility"
    FROM "projects" AS _l14
    WHERE "_l14"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND ((
    SELECT "_l15"."lead_id"
    FROM "projects" AS _l15
    WHERE "_l15"."id" = "t"."project_id"
) = ?3 AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" < ?1
ORDER BY 6 DESC, 8, 1
LIMIT ?4
