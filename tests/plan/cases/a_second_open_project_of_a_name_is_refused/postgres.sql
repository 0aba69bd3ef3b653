-- insert: $1 new.id, $2 new.lead_id, $3 new.name, $4 new.visibility, $5 new.settings, $6 caller
INSERT INTO "projects" ("id", "lead_id", "name", "visibility", "settings")
SELECT CAST($1 AS text) COLLATE "C", CAST($2 AS text) COLLATE "C", CAST($3 AS text) COLLATE "C", CAST($4 AS text) COLLATE "C", CAST($5 AS text) COLLATE "C"
WHERE CAST($2 AS text) COLLATE "C" = $6
RETURNING "projects"."id", "projects"."lead_id", "projects"."name", "projects"."visibility", "projects"."settings", (
    SELECT count(*)
    FROM (
        SELECT 1
        FROM "tasks" AS _l1
        WHERE "_l1"."project_id" = "projects"."id"
          AND ("_l1"."state" = 'open' AND (((
            SELECT "_l2"."visibility"
            FROM "projects" AS _l2
            WHERE "_l2"."id" = "_l1"."project_id"
        ) = 'open' AND "_l1"."project_id" IS NOT NULL) OR ((
            SELECT "_l3"."lead_id"
            FROM "projects" AS _l3
            WHERE "_l3"."id" = "_l1"."project_id"
        ) = $6 AND "_l1"."project_id" IS NOT NULL) OR "_l1"."assignee_id" = $6))
        ORDER BY "_l1"."project_id", "_l1"."priority" DESC, "_l1"."due" NULLS FIRST, "_l1"."id", (octet_length("_l1"."id") # 914646961)
    ) AS c
)

-- create: $1 new.id, $2 new.lead_id, $3 new.name, $4 new.visibility, $5 new.settings, $6 caller, $7 actor, $8 at, $9 after
WITH _new ("id", "lead_id", "name", "visibility", "settings", "_5") AS (INSERT INTO "projects" ("id", "lead_id", "name", "visibility", "settings") SELECT CAST($1 AS text) COLLATE "C", CAST($2 AS text) COLLATE "C", CAST($3 AS text) COLLATE "C", CAST($4 AS text) COLLATE "C", CAST($5 AS text) COLLATE "C" WHERE CAST($2 AS text) COLLATE "C" = $6 RETURNING "projects"."id", "projects"."lead_id", "projects"."name", "projects"."visibility", "projects"."settings", (
    SELECT count(*)
    FROM (
        SELECT 1
        FROM "tasks" AS _l1
        WHERE "_l1"."project_id" = "projects"."id"
          AND ("_l1"."state" = 'open' AND (((
            SELECT "_l2"."visibility"
            FROM "projects" AS _l2
            WHERE "_l2"."id" = "_l1"."project_id"
        ) = 'open' AND "_l1"."project_id" IS NOT NULL) OR ((
            SELECT "_l3"."lead_id"
            FROM "projects" AS _l3
            WHERE "_l3"."id" = "_l1"."project_id"
        ) = $6 AND "_l1"."project_id" IS NOT NULL) OR "_l1"."assignee_id" = $6))
        ORDER BY "_l1"."project_id", "_l1"."priority" DESC, "_l1"."due" NULLS FIRST, "_l1"."id", (octet_length("_l1"."id") # 914646961)
    ) AS c
)), _change AS (INSERT INTO kingpost_changes ("resource", "key", "kind", "actor", "at", "after") SELECT 'projects', CAST("_new"."id" AS text), 'created', CAST($7 AS text), CAST($8 AS bigint), CAST($9 AS text) FROM _new)
SELECT _new.*
FROM (
    SELECT 1
) AS _one
LEFT JOIN _new ON true
