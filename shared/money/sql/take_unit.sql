-- Takes one unit of a person's plan. The check and the taking are one UPDATE, and its row is locked
-- until the caller's transaction ends: of any number at once as many get one as there are. A window
-- that is over begins anew, at midnight (or the first of the month) of the person's own clock
-- (next_reset). Where the plan has no unit left, a bonus unit is taken. Its window ends in the year 9999
-- (`limits::model::BONUS_WINDOW`), so that it can be given back at any time.
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
        daily_units_returned =
            CASE WHEN u.daily_limit_reset_at <= now() THEN 0 ELSE u.daily_units_returned END,
        daily_limit_reset_at = CASE WHEN u.daily_limit_reset_at <= now()
            THEN next_reset('day', users.timezone, u.daily_limit_reset_at, now())
            ELSE u.daily_limit_reset_at END,
        monthly_limit_reset_at = CASE WHEN u.monthly_limit_reset_at <= now()
            THEN next_reset('month', users.timezone, u.monthly_limit_reset_at, now())
            ELSE u.monthly_limit_reset_at END
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
    IF NOT FOUND THEN
        UPDATE usage_limits AS u SET tier = p.tier, bonus_units = u.bonus_units - 1
        FROM plans p
        WHERE u.user_id = person AND u.bonus_units > 0 AND p.tier = current_tier(person)
        RETURNING u.tier, p.queue_priority, TIMESTAMPTZ '9999-12-31 00:00:00Z', NULL
        INTO take_unit.tier, take_unit.queue_priority, daily_reset_at, monthly_reset_at;
    END IF;
    taken := FOUND;
END;
$$ LANGUAGE plpgsql;
