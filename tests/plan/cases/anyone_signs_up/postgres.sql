-- insert: $1 new.email, $2 new.email_key, $3 new.password, $4 new.admin, $5 new.epoch, $6 new.name, $7 new.created_at, $8 new.updated_at, $9 new.post_count
INSERT INTO "users" ("email", "email_key", "password", "admin", "epoch", "name", "created_at", "updated_at", "post_count")
SELECT CAST($1 AS text) COLLATE "C", CAST($2 AS text) COLLATE "C", CAST($3 AS text) COLLATE "C", CAST($4 AS bigint), CAST($5 AS bigint), CAST($6 AS text) COLLATE "C", CAST($7 AS bigint), CAST($8 AS bigint), CAST($9 AS bigint)
WHERE 1 = 1
RETURNING "users"."id", "users"."email", "users"."name", "users"."post_count", "users"."email_key", "users"."password", "users"."admin", "users"."epoch", "users"."created_at", "users"."updated_at"
