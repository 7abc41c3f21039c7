-- Money makes what it keeps of a person on first use: people do not know of it.

-- Makes the usage row of a person if it is missing. Of two transactions at once the second waits for the
-- first. Nothing is made for a person who is deleted meanwhile.
CREATE FUNCTION ensure_usage_limits(person UUID) RETURNS VOID AS $$
BEGIN
    PERFORM FROM usage_limits WHERE user_id = person;
    IF FOUND THEN
        RETURN;
    END IF;
    BEGIN
        INSERT INTO usage_limits (user_id, daily_limit_reset_at, monthly_limit_reset_at)
        SELECT id, next_local('day', timezone), next_local('month', timezone)
        FROM users WHERE id = person
        ON CONFLICT (user_id) DO NOTHING;
    EXCEPTION WHEN foreign_key_violation THEN
        -- The deletion of the person was committed while we waited for it.
        NULL;
    END;
END;
$$ LANGUAGE plpgsql;

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
    PERFORM ensure_usage_limits(person);
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

-- How much of which plan a person has used by now: a window that is over counts as empty, whether or
-- not anything has been taken from the new one yet; so does one that never began.
CREATE OR REPLACE VIEW current_usage AS
SELECT users.id AS user_id,
       p.tier,
       CASE WHEN u.daily_limit_reset_at > now() THEN u.daily_analyses_used
            ELSE 0 END AS daily_analyses_used,
       p.daily_analyses_limit,
       CASE WHEN u.daily_limit_reset_at > now() THEN u.daily_limit_reset_at
            ELSE next_local('day', users.timezone) END AS daily_reset_at,
       CASE WHEN u.monthly_limit_reset_at > now() THEN u.monthly_analyses_used
            ELSE 0 END AS monthly_analyses_used,
       p.monthly_analyses_limit,
       CASE WHEN u.monthly_limit_reset_at > now() THEN u.monthly_limit_reset_at
            ELSE next_local('month', users.timezone) END AS monthly_reset_at,
       CASE WHEN p.tier = 'TRIAL' THEN s.trial_ends_at END AS trial_ends_at
FROM users
LEFT JOIN usage_limits u ON u.user_id = users.id
LEFT JOIN subscriptions s ON s.user_id = users.id
JOIN plans p ON p.tier = current_tier(users.id);
