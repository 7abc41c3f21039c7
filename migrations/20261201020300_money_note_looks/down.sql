ALTER TABLE payments DROP COLUMN looked_at;
