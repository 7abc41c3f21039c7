-- Of processes of the previous release: how much of their readings a person has used by now.
CREATE OR REPLACE VIEW current_usage AS
SELECT account_id AS user_id,
       tier,
       day_used::INTEGER AS daily_analyses_used,
       day_limit::INTEGER AS daily_analyses_limit,
       day_ends_at AS daily_reset_at,
       month_used::INTEGER AS monthly_analyses_used,
       month_limit::INTEGER AS monthly_analyses_limit,
       month_ends_at AS monthly_reset_at,
       trial_ends_at,
       bonus_units
FROM current_meters WHERE unit = 'analyses';
