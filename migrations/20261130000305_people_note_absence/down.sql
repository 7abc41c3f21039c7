ALTER TABLE users DROP COLUMN absence_told_at;
