ALTER TABLE users DROP COLUMN bot_blocked_at;
