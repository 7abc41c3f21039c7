-- The meter of an account's readings, as the design document spells it (section 3.2). What is written to it is written to
-- the meter. It shows a caller the rows that they may see of meters, and no others.
CREATE OR REPLACE VIEW usage_limits WITH (security_invoker = true) AS
SELECT id, account_id AS user_id, tier, day_used AS daily_analyses_used, month_used AS monthly_analyses_used,
    day_ends_at AS daily_limit_reset_at, month_ends_at AS monthly_limit_reset_at, updated_at,
    day_returned AS daily_units_returned, bonus_units, bonus_as_invited, bonus_as_referrer
FROM meters WHERE unit = 'analyses';
