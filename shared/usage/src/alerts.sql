-- Notes the windows in which accounts have come to 80 or 100 per cent of what their plan allows, as of $1; yields for each
-- window that is new the most that was reached. At most $2 at once.
WITH reached AS (
    SELECT m.account_id, m.unit, one.period, one.ends_at, step.percent, one.used, one.allowed
    FROM meters AS m JOIN plan_limits AS l ON l.tier = m.tier AND l.unit = m.unit
    CROSS JOIN LATERAL (VALUES ('day', m.day_used, l.day_limit, m.day_ends_at),
        ('month', m.month_used, l.month_limit, m.month_ends_at)) AS one (period, used, allowed, ends_at)
    CROSS JOIN (VALUES (80::smallint), (100::smallint)) AS step (percent)
    WHERE m.updated_at > $1::timestamptz - interval '1 day' AND one.ends_at > $1::timestamptz AND one.allowed > 0
      AND one.used * 100 >= one.allowed * step.percent
      AND NOT EXISTS (SELECT FROM usage_alerts AS told WHERE told.account_id = m.account_id AND told.unit = m.unit
          AND told.period = one.period AND told.ends_at = one.ends_at AND told.percent = step.percent)
    ORDER BY m.account_id, m.unit, one.period, step.percent LIMIT $2::bigint
), fresh AS (
    INSERT INTO usage_alerts (account_id, unit, period, ends_at, percent)
    SELECT account_id, unit, period, ends_at, percent FROM reached
    ON CONFLICT DO NOTHING
    RETURNING account_id, unit, period, percent
)
SELECT reached.account_id, accounts.user_id, reached.unit, reached.period, reached.ends_at, reached.percent, used, allowed
FROM fresh JOIN reached USING (account_id, unit, period, percent) JOIN accounts ON accounts.id = account_id
ORDER BY reached.account_id, reached.unit, reached.period, reached.percent
