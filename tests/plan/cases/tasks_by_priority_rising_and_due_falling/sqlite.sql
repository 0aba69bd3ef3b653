-- page: ?1 mark_0, ?2 mark_1, ?3 mark_2, ?4 caller, ?5 limit
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l1"."visibility"
    FROM "projects" AS _l1
    WHERE "_l1"."id" = "t"."project_id"
) = 'open'
  AND "t"."project_id" IS NOT NULL
  AND "t"."priority" = ?1
  AND "t"."due" = ?2
  AND "t"."id" < ?3
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
  AND "t"."due" < ?2
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l3"."visibility"
    FROM "projects" AS _l3
    WHERE "_l3"."id" = "t"."project_id"
) = 'open'
  AND "t"."project_id" IS NOT NULL
  AND "t"."priority" = ?1
  AND "t"."due" IS NULL
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l4"."visibility"
    FROM "projects" AS _l4
    WHERE "_l4"."id" = "t"."project_id"
) = 'open'
  AND "t"."project_id" IS NOT NULL
  AND "t"."priority" > ?1
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l5"."lead_id"
    FROM "projects" AS _l5
    WHERE "_l5"."id" = "t"."project_id"
) = ?4
  AND "t"."project_id" IS NOT NULL
  AND ((
    SELECT "_l6"."visibility"
    FROM "projects" AS _l6
    WHERE "_l6"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" = ?1
  AND "t"."due" = ?2
  AND "t"."id" < ?3
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l7"."lead_id"
    FROM "projects" AS _l7
    WHERE "_l7"."id" = "t"."project_id"
) = ?4
  AND "t"."project_id" IS NOT NULL
  AND ((
    SELECT "_l8"."visibility"
    FROM "projects" AS _l8
    WHERE "_l8"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" = ?1
  AND "t"."due" < ?2
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l9"."lead_id"
    FROM "projects" AS _l9
    WHERE "_l9"."id" = "t"."project_id"
) = ?4
  AND "t"."project_id" IS NOT NULL
  AND ((
    SELECT "_l10"."visibility"
    FROM "projects" AS _l10
    WHERE "_l10"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" = ?1
  AND "t"."due" IS NULL
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__priority_desc_due_id"
WHERE (
    SELECT "_l11"."lead_id"
    FROM "projects" AS _l11
    WHERE "_l11"."id" = "t"."project_id"
) = ?4
  AND "t"."project_id" IS NOT NULL
  AND ((
    SELECT "_l12"."visibility"
    FROM "projects" AS _l12
    WHERE "_l12"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" > ?1
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__assignee_id_priority_desc_due_id"
WHERE "t"."assignee_id" = ?4
  AND ((
    SELECT "_l13"."visibility"
    FROM "projects" AS _l13
    WHERE "_l13"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND ((
    SELECT "_l14"."lead_id"
    FROM "projects" AS _l14
    WHERE "_l14"."id" = "t"."project_id"
) = ?4 AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" = ?1
  AND "t"."due" = ?2
  AND "t"."id" < ?3
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__assignee_id_priority_desc_due_id"
WHERE "t"."assignee_id" = ?4
  AND ((
    SELECT "_l15"."visibility"
    FROM "projects" AS _l15
    WHERE "_l15"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND ((
    SELECT "_l16"."lead_id"
    FROM "projects" AS _l16
    WHERE "_l16"."id" = "t"."project_id"
) = ?4 AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" = ?1
  AND "t"."due" < ?2
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__assignee_id_priority_desc_due_id"
WHERE "t"."assignee_id" = ?4
  AND ((
    SELECT "_l17"."visibility"
    FROM "projects" AS _l17
    WHERE "_l17"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND ((
    SELECT "_l18"."lead_id"
    FROM "projects" AS _l18
    WHERE "_l18"."id" = "t"."project_id"
) = ?4 AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" = ?1
  AND "t"."due" IS NULL
UNION ALL
SELECT "t"."id", "t"."project_id", "t"."assignee_id", "t"."title", "t"."state", "t"."priority", "t"."effort", "t"."due", "t"."done_at", "t"."notes", "t"."created_at"
FROM "tasks" AS t INDEXED BY "tasks__assignee_id_priority_desc_due_id"
WHERE "t"."assignee_id" = ?4
  AND ((
    SELECT "_l19"."visibility"
    FROM "projects" AS _l19
    WHERE "_l19"."id" = "t"."project_id"
) = 'open' AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND ((
    SELECT "_l20"."lead_id"
    FROM "projects" AS _l20
    WHERE "_l20"."id" = "t"."project_id"
) = ?4 AND "t"."project_id" IS NOT NULL) IS NOT TRUE
  AND "t"."priority" > ?1
ORDER BY 6, 8 DESC, 1 DESC
LIMIT ?5
