-- How much of which plan a person has used by now: a window that is over counts as empty, whether or
-- not anything has been taken from the new one yet.
CREATE VIEW current_usage AS
SELECT u.user_id,
       p.tier,
       CASE WHEN u.daily_limit_reset_at <= now() THEN 0
            ELSE u.daily_analyses_used END AS daily_analyses_used,
       p.daily_analyses_limit,
       CASE WHEN u.daily_limit_reset_at <= now() THEN next_local('day', users.timezone)
            ELSE u.daily_limit_reset_at END AS daily_reset_at,
       CASE WHEN u.monthly_limit_reset_at <= now() THEN 0
            ELSE u.monthly_analyses_used END AS monthly_analyses_used,
       p.monthly_analyses_limit,
       CASE WHEN u.monthly_limit_reset_at <= now() THEN next_local('month', users.timezone)
            ELSE u.monthly_limit_reset_at END AS monthly_reset_at,
       CASE WHEN p.tier = 'TRIAL' THEN s.trial_ends_at END AS trial_ends_at
FROM usage_limits u
JOIN users ON users.id = u.user_id
LEFT JOIN subscriptions s ON s.user_id = u.user_id
JOIN plans p ON p.tier = current_tier(u.user_id);
