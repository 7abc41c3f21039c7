-- Takes some of a unit from an account's plan, all or none. The check and the taking are one UPDATE, and its row is
-- locked until the caller's transaction ends: of any number at once as many get one as there are. A window
-- that is over begins anew, at midnight (or the first of the month) of the account's own clock
-- (next_reset). Where the plan has too few left, bonus units are taken. Their window ends in the year 9999
-- (`meters::model::BONUS_WINDOW`), so that they can be given back at any time.
CREATE OR REPLACE FUNCTION take_units(
    account UUID,
    of_unit TEXT,
    amount BIGINT,
    OUT taken BOOLEAN,
    OUT tier subscription_tier,
    OUT queue_priority SMALLINT,
    OUT day_ends_at TIMESTAMPTZ,
    OUT month_ends_at TIMESTAMPTZ
) AS $$
BEGIN
    tier := current_tier(account);
    -- As in current_meters.
    IF tier = 'TRIAL' AND of_unit = 'api_requests'
        AND EXISTS (SELECT FROM subscriptions WHERE user_id = account AND trial_ends_at <= now()) THEN
        tier := 'FREE';
    END IF;
    PERFORM ensure_meter(account, of_unit);
    UPDATE meters AS m SET
        tier = p.tier,
        day_used = amount + CASE WHEN m.day_ends_at <= now() THEN 0 ELSE m.day_used END,
        month_used = amount + CASE WHEN m.month_ends_at <= now() THEN 0 ELSE m.month_used END,
        day_returned = CASE WHEN m.day_ends_at <= now() THEN 0 ELSE m.day_returned END,
        day_ends_at = CASE WHEN m.day_ends_at <= now()
            THEN next_reset('day', COALESCE(users.timezone, 'UTC'), m.day_ends_at, now())
            ELSE m.day_ends_at END,
        month_ends_at = CASE WHEN m.month_ends_at <= now()
            THEN next_reset('month', COALESCE(users.timezone, 'UTC'), m.month_ends_at, now())
            ELSE m.month_ends_at END
    FROM plans p
    JOIN plan_limits l ON l.tier = p.tier
    LEFT JOIN users ON users.id = account
    LEFT JOIN subscriptions s ON s.user_id = account
    WHERE m.account_id = account AND m.unit = of_unit
      AND p.tier = take_units.tier AND l.unit = of_unit
      AND NOT (p.tier = 'TRIAL' AND s.trial_ends_at <= now())
      AND (l.day_limit IS NULL OR l.day_limit >= amount +
          CASE WHEN m.day_ends_at <= now() THEN 0 ELSE m.day_used END)
      AND (l.month_limit IS NULL OR l.month_limit >= amount +
          CASE WHEN m.month_ends_at <= now() THEN 0 ELSE m.month_used END)
    RETURNING p.queue_priority, m.day_ends_at, m.month_ends_at
    INTO take_units.queue_priority, take_units.day_ends_at, take_units.month_ends_at;
    IF NOT FOUND THEN
        UPDATE meters AS m SET tier = p.tier, bonus_units = m.bonus_units - amount
        FROM plans p
        WHERE m.account_id = account AND m.unit = of_unit AND m.bonus_units >= amount
          AND p.tier = take_units.tier
        RETURNING p.queue_priority, TIMESTAMPTZ '9999-12-31 00:00:00Z', NULL
        INTO take_units.queue_priority, take_units.day_ends_at, take_units.month_ends_at;
    END IF;
    taken := FOUND;
END;
$$ LANGUAGE plpgsql;
