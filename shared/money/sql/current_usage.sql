-- How much of which plan a person has used by now: a window that is over counts as empty, whether or
-- not anything has been taken from the new one yet; so does one that never began.
CREATE OR REPLACE VIEW current_usage AS
SELECT users.id AS user_id,
       p.tier,
       CASE WHEN u.daily_limit_reset_at > now() THEN u.daily_analyses_used
            ELSE 0 END AS daily_analyses_used,
       p.daily_analyses_limit,
       CASE WHEN u.daily_limit_reset_at > now() THEN u.daily_limit_reset_at
            ELSE next_reset('day', users.timezone, u.daily_limit_reset_at, now()) END AS daily_reset_at,
       CASE WHEN u.monthly_limit_reset_at > now() THEN u.monthly_analyses_used
            ELSE 0 END AS monthly_analyses_used,
       p.monthly_analyses_limit,
       CASE WHEN u.monthly_limit_reset_at > now() THEN u.monthly_limit_reset_at
            ELSE next_reset('month', users.timezone, u.monthly_limit_reset_at, now()) END AS monthly_reset_at,
       CASE WHEN p.tier = 'TRIAL' THEN s.trial_ends_at END AS trial_ends_at,
       COALESCE(u.bonus_units, 0) AS bonus_units
FROM users
LEFT JOIN usage_limits u ON u.user_id = users.id
LEFT JOIN subscriptions s ON s.user_id = users.id
JOIN plans p ON p.tier = current_tier(users.id);
