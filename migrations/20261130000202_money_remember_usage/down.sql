ALTER TABLE usage_limits DROP COLUMN daily_units_returned;
DROP TABLE usage_memory;
