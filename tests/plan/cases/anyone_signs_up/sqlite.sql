-- insert: ?1 new.email, ?2 new.email_key, ?3 new.password, ?4 new.admin, ?5 new.epoch, ?6 new.name, ?7 new.created_at, ?8 new.updated_at, ?9 new.post_count
INSERT INTO "users" ("email", "email_key", "password", "admin", "epoch", "name", "created_at", "updated_at", "post_count")
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
WHERE 1 = 1
RETURNING "users"."id", "users"."email", "users"."name", "users"."post_count", "users"."email_key", "users"."password", "users"."admin", "users"."epoch", "users"."created_at", "users"."updated_at"
