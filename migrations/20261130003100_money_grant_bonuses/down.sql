-- The view reads the column. The release before creates its own again.
DROP VIEW current_usage;
ALTER TABLE usage_memory DROP COLUMN bonus_as_referrer, DROP COLUMN bonus_as_invited;
ALTER TABLE usage_limits
    DROP COLUMN bonus_as_referrer, DROP COLUMN bonus_as_invited, DROP COLUMN bonus_units;
