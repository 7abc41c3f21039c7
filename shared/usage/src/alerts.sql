-- Notes the windows in which accounts have come to 80 or 100 per cent of what their plan allows, as of $1; yields for each
-- window that is new the most that was reached. At most $2 at once. A window in which the plan allows another number is
-- another one. What the least of all plans allows says cheaply of which accounts the plan has to be asked.
WITH least AS MATERIALIZED (
    SELECT unit, min(day_limit) FILTER (WHERE day_limit > 0) AS of_day, min(month_limit) FILTER (WHERE month_limit > 0) AS of_month
    FROM plan_limits GROUP BY unit
), much AS MATERIALIZED (
    SELECT m.account_id, m.unit FROM meters AS m JOIN least ON least.unit = m.unit
    WHERE m.updated_at > $1::timestamptz - interval '1 day'
      AND (m.day_ends_at > $1::timestamptz AND m.day_used * 100.0 >= least.of_day * 80.0
           OR m.month_ends_at > $1::timestamptz AND m.month_used * 100.0 >= least.of_month * 80.0)
), reached AS (
    SELECT own.account_id, own.unit, one.period, one.ends_at, step.percent, one.used, one.allowed
    -- OFFSET keeps the planner from making the view for all accounts.
    FROM much CROSS JOIN LATERAL (
        SELECT * FROM current_meters AS all_units
        WHERE all_units.account_id = much.account_id AND all_units.unit = much.unit OFFSET 0) AS own
    CROSS JOIN LATERAL (VALUES ('day', own.day_used, own.day_limit, own.day_ends_at),
        ('month', own.month_used, own.month_limit, own.month_ends_at)) AS one (period, used, allowed, ends_at)
    CROSS JOIN (VALUES (80::smallint), (100::smallint)) AS step (percent)
    WHERE one.ends_at > $1::timestamptz AND one.allowed > 0 AND (own.trial_ends_at IS NULL OR own.trial_ends_at > $1::timestamptz)
      AND one.used * 100.0 >= one.allowed * step.percent::numeric
      AND NOT EXISTS (SELECT FROM usage_alerts AS told WHERE told.account_id = own.account_id AND told.unit = own.unit
          AND told.period = one.period AND told.ends_at = one.ends_at AND told.percent = step.percent
          AND told.allowed = one.allowed)
    ORDER BY own.account_id, own.unit, one.period, step.percent LIMIT $2::bigint
), present AS MATERIALIZED (
    -- Those that an erasure has locked are passed over.
    SELECT id, user_id FROM accounts WHERE id IN (SELECT account_id FROM reached) ORDER BY id FOR KEY SHARE SKIP LOCKED
), fresh AS (
    INSERT INTO usage_alerts (account_id, unit, period, ends_at, percent, allowed)
    SELECT account_id, unit, period, ends_at, percent, allowed FROM reached JOIN present ON present.id = account_id
    ORDER BY account_id, unit, period, ends_at, percent
    ON CONFLICT DO NOTHING
    RETURNING account_id, unit, period, percent
)
SELECT reached.account_id, present.user_id, reached.unit, reached.period, reached.ends_at, reached.percent, used, allowed
FROM fresh JOIN reached USING (account_id, unit, period, percent) JOIN present ON present.id = account_id
ORDER BY reached.account_id, reached.unit, reached.period, reached.percent
