ALTER TABLE payments DROP COLUMN taken_back_at;
