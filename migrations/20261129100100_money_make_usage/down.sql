-- Before this every person had a row.
INSERT INTO usage_limits (user_id, daily_limit_reset_at, monthly_limit_reset_at)
SELECT id, next_local('day', timezone), next_local('month', timezone) FROM users
ON CONFLICT (user_id) DO NOTHING;

-- How much of which plan a person has used by now: a window that is over counts as empty, whether or
-- not anything has been taken from the new one yet.
CREATE OR REPLACE VIEW current_usage AS
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

-- Takes one unit of a person's plan. The check and the taking are one UPDATE, and its row is locked
-- until the caller's transaction ends: of any number at once as many get one as there are. A window
-- that is over begins anew, at midnight (or the first of the month) of the person's own clock.
CREATE OR REPLACE FUNCTION take_unit(
    person UUID,
    OUT taken BOOLEAN,
    OUT tier subscription_tier,
    OUT queue_priority SMALLINT,
    OUT daily_reset_at TIMESTAMPTZ,
    OUT monthly_reset_at TIMESTAMPTZ
) AS $$
BEGIN
    UPDATE usage_limits AS u SET
        tier = p.tier,
        daily_analyses_used = 1 +
            CASE WHEN u.daily_limit_reset_at <= now() THEN 0 ELSE u.daily_analyses_used END,
        monthly_analyses_used = 1 +
            CASE WHEN u.monthly_limit_reset_at <= now() THEN 0 ELSE u.monthly_analyses_used END,
        daily_limit_reset_at = CASE WHEN u.daily_limit_reset_at <= now()
            THEN next_local('day', users.timezone) ELSE u.daily_limit_reset_at END,
        monthly_limit_reset_at = CASE WHEN u.monthly_limit_reset_at <= now()
            THEN next_local('month', users.timezone) ELSE u.monthly_limit_reset_at END
    FROM users
    JOIN plans p ON p.tier = current_tier(person)
    LEFT JOIN subscriptions s ON s.user_id = person
    WHERE u.user_id = person AND users.id = person
      AND NOT (p.tier = 'TRIAL' AND s.trial_ends_at <= now())
      AND (p.daily_analyses_limit IS NULL OR p.daily_analyses_limit >
          CASE WHEN u.daily_limit_reset_at <= now() THEN 0 ELSE u.daily_analyses_used END)
      AND (p.monthly_analyses_limit IS NULL OR p.monthly_analyses_limit >
          CASE WHEN u.monthly_limit_reset_at <= now() THEN 0 ELSE u.monthly_analyses_used END)
    RETURNING u.tier, p.queue_priority, u.daily_limit_reset_at, u.monthly_limit_reset_at
    INTO take_unit.tier, take_unit.queue_priority, daily_reset_at, monthly_reset_at;
    taken := FOUND;
END;
$$ LANGUAGE plpgsql;

DROP FUNCTION ensure_usage_limits(UUID);
