-- How much of what an account has used by now, of every unit that any plan has: a window that is over counts as empty,
-- whether or not anything has been taken from the new one yet; so does one that never began. Of a unit that is not
-- of the account's plan the limits are 0. Requests of keys count as those of FREE when a trial is over: what was read before
-- stays within reach of programs too.
CREATE OR REPLACE VIEW current_meters AS
SELECT accounts.id AS account_id,
       units.unit,
       counted.tier,
       CASE WHEN m.day_ends_at > now() THEN m.day_used ELSE 0 END AS day_used,
       CASE WHEN l.unit IS NULL THEN 0 ELSE l.day_limit END AS day_limit,
       CASE WHEN m.day_ends_at IS NULL THEN first.day_ends_at
            WHEN m.day_ends_at > now() THEN m.day_ends_at
            ELSE next_reset('day', clock.timezone, m.day_ends_at, now()) END AS day_ends_at,
       CASE WHEN m.month_ends_at > now() THEN m.month_used ELSE 0 END AS month_used,
       CASE WHEN l.unit IS NULL THEN 0 ELSE l.month_limit END AS month_limit,
       CASE WHEN m.month_ends_at IS NULL THEN first.month_ends_at
            WHEN m.month_ends_at > now() THEN m.month_ends_at
            ELSE next_reset('month', clock.timezone, m.month_ends_at, now()) END AS month_ends_at,
       CASE WHEN counted.tier = 'TRIAL' THEN s.trial_ends_at END AS trial_ends_at,
       COALESCE(m.bonus_units, 0) AS bonus_units
FROM accounts
CROSS JOIN LATERAL current_tier(accounts.id) AS plan (tier)
CROSS JOIN (SELECT DISTINCT unit FROM plan_limits) AS units
LEFT JOIN subscriptions s ON s.user_id = accounts.user_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN plan.tier = 'TRIAL' AND units.unit = 'api_requests' AND s.trial_ends_at <= now()
        THEN 'FREE' ELSE plan.tier END AS tier) AS counted
LEFT JOIN plan_limits l ON l.tier = counted.tier AND l.unit = units.unit
LEFT JOIN users ON users.id = accounts.user_id
CROSS JOIN LATERAL (SELECT COALESCE(users.timezone, 'UTC') AS timezone) AS clock
-- Once for all units: OFFSET keeps the planner from asking for each.
CROSS JOIN LATERAL (
    SELECT next_reset('day', clock.timezone, NULL, now()) AS day_ends_at,
        next_reset('month', clock.timezone, NULL, now()) AS month_ends_at OFFSET 0) AS first
LEFT JOIN meters m ON m.account_id = accounts.id AND m.unit = units.unit;
