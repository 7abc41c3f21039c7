ALTER TABLE users DROP COLUMN heard_at, DROP COLUMN heard_update_id;
