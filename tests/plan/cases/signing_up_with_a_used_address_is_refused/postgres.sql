-- insert: $1 new.email, $2 new.email_key, $3 new.password, $4 new.admin, $5 new.epoch, $6 new.name, $7 new.created_at, $8 new.updated_at, $9 new.post_count
INSERT INTO "users" ("email", "email_key", "password", "admin", "epoch", "name", "created_at", "updated_at", "post_count")
SELECT CAST($1 AS text) COLLATE "C", CAST($2 AS text) COLLATE "C", CAST($3 AS text) COLLATE "C", CAST($4 AS bigint), CAST($5 AS bigint), CAST($6 AS text) COLLATE "C", CAST($7 AS bigint), CAST($8 AS bigint), CAST($9 AS bigint)
WHERE 1 = 1
RETURNING "users"."id", "users"."email", "users"."name", "users"."post_count", "users"."email_key", "users"."password", "users"."admin", "users"."epoch", "users"."created_at", "users"."updated_at"

-- create: $1 new.email, $2 new.email_key, $3 new.password, $4 new.admin, $5 new.epoch, $6 new.name, $7 new.created_at, $8 new.updated_at, $9 new.post_count, $10 actor, $11 at, $12 after
WITH _new ("id", "email", "name", "post_count", "email_key", "password", "admin", "epoch", "created_at", "updated_at") AS (INSERT INTO "users" ("email", "email_key", "password", "admin", "epoch", "name", "created_at", "updated_at", "post_count") SELECT CAST($1 AS text) COLLATE "C", CAST($2 AS text) COLLATE "C", CAST($3 AS text) COLLATE "C", CAST($4 AS bigint), CAST($5 AS bigint), CAST($6 AS text) COLLATE "C", CAST($7 AS bigint), CAST($8 AS bigint), CAST($9 AS bigint) WHERE 1 = 1 RETURNING "users"."id", "users"."email", "users"."name", "users"."post_count", "users"."email_key", "users"."password", "users"."admin", "users"."epoch", "users"."created_at", "users"."updated_at"), _change AS (INSERT INTO kingpost_changes ("resource", "key", "kind", "actor", "at", "after") SELECT 'users', CAST("_new"."id" AS text), 'created', CAST($10 AS text), CAST($11 AS bigint), '{"id":' || CAST("_new"."id" AS text) || CAST($12 AS text) FROM _new)
SELECT _new.*
FROM (
    SELECT 1
) AS _one
LEFT JOIN _new ON true
