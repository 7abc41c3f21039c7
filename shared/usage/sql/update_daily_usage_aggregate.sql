-- Counts a day of an account again from its lines, facts and events, and repairs the day where it differs. Returns what
-- was added, by unit. An operator may call it at any time: rows are locked before anything is counted, so that what is
-- written meanwhile is added to what is found here. What is counted from rows that are deleted by now stays as it is:
-- requests and errors where the months of the log do not hold the whole day, and all of a day whose facts and events may be
-- gone (`usage::recount::PRUNE`). An account that is being deleted is passed over.
CREATE OR REPLACE FUNCTION update_daily_usage_aggregate(account UUID, of_day DATE)
RETURNS TABLE (unit TEXT, delta BIGINT) AS $$
DECLARE
    -- By the zones at both ends a day begins 14 hours before that of UTC, or ends 12 hours behind it.
    has_lines CONSTANT BOOLEAN := to_regclass('usage_logs_' || to_char(of_day - 1, 'YYYY_MM')) IS NOT NULL
        AND to_regclass('usage_logs_' || to_char(of_day + 1, 'YYYY_MM')) IS NOT NULL;
BEGIN
    PERFORM FROM accounts WHERE id = account FOR KEY SHARE SKIP LOCKED;
    IF NOT FOUND OR of_day < (now() AT TIME ZONE 'UTC')::date - 398 THEN
        RETURN;
    END IF;
    INSERT INTO usage_daily_aggregates (account_id, day, user_id)
    SELECT account, of_day, whom FROM (
        SELECT COALESCE(user_id, account_id) AS whom FROM usage_logs
        WHERE account_id = account AND day = of_day
          AND occurred_at >= of_day - interval '2 days' AND occurred_at < of_day + interval '3 days'
        UNION SELECT user_id FROM usage_facts WHERE account_id = account AND day = of_day
        UNION SELECT account_id FROM usage_events WHERE account_id = account AND day = of_day) AS seen
    ORDER BY whom
    ON CONFLICT DO NOTHING;
    PERFORM FROM usage_daily_aggregates WHERE account_id = account AND day = of_day ORDER BY user_id FOR UPDATE;
    RETURN QUERY
    WITH parts (whom, requests, errors, messages, readings, files, events, tokens, cost_micros) AS (
        SELECT COALESCE(user_id, account_id), count(*), count(*) FILTER (WHERE status >= 400), 0, 0, 0, 0, 0, 0
        FROM usage_logs
        WHERE account_id = account AND day = of_day
          AND occurred_at >= of_day - interval '2 days' AND occurred_at < of_day + interval '3 days'
        GROUP BY 1
        UNION ALL
        SELECT user_id, 0, 0, sum(f.messages)::BIGINT, sum(f.readings)::BIGINT, sum(f.files)::BIGINT, 0,
            sum(f.tokens)::BIGINT, sum(f.cost_micros)::BIGINT
        FROM usage_facts AS f WHERE account_id = account AND day = of_day GROUP BY 1
        UNION ALL
        SELECT account_id, 0, 0, 0, 0, 0, count(*), 0, 0
        FROM usage_events WHERE account_id = account AND day = of_day GROUP BY 1
    ), wanted AS (
        SELECT rows.user_id, CASE WHEN has_lines THEN COALESCE(sum(p.requests), 0) ELSE rows.requests END::BIGINT AS requests,
            CASE WHEN has_lines THEN COALESCE(sum(p.errors), 0) ELSE rows.errors END::BIGINT AS errors,
            COALESCE(sum(p.messages), 0)::BIGINT AS messages,
            COALESCE(sum(p.readings), 0)::BIGINT AS readings, COALESCE(sum(p.files), 0)::BIGINT AS files,
            COALESCE(sum(p.events), 0)::BIGINT AS events, COALESCE(sum(p.tokens), 0)::BIGINT AS tokens,
            COALESCE(sum(p.cost_micros), 0)::BIGINT AS cost_micros
        FROM usage_daily_aggregates AS rows LEFT JOIN parts AS p ON p.whom = rows.user_id
        WHERE rows.account_id = account AND rows.day = of_day GROUP BY rows.user_id, rows.requests, rows.errors
    ), before AS MATERIALIZED (
        SELECT a.* FROM usage_daily_aggregates AS a WHERE a.account_id = account AND a.day = of_day
    ), repaired AS (
        UPDATE usage_daily_aggregates AS a SET requests = w.requests, errors = w.errors, messages = w.messages,
            readings = w.readings, files = w.files, events = w.events, tokens = w.tokens, cost_micros = w.cost_micros
        FROM wanted AS w WHERE a.account_id = account AND a.day = of_day AND a.user_id = w.user_id
          AND (a.requests, a.errors, a.messages, a.readings, a.files, a.events, a.tokens, a.cost_micros)
              IS DISTINCT FROM (w.requests, w.errors, w.messages, w.readings, w.files, w.events, w.tokens, w.cost_micros)
        RETURNING a.user_id
    ), changes AS MATERIALIZED (
        SELECT one.unit, sum(one.delta)::BIGINT AS delta
        FROM repaired JOIN wanted AS w USING (user_id) JOIN before AS b USING (user_id), LATERAL (VALUES
            ('requests', w.requests - b.requests), ('errors', w.errors - b.errors),
            ('messages', w.messages - b.messages), ('readings', w.readings - b.readings),
            ('files', w.files - b.files), ('events', w.events - b.events),
            ('tokens', w.tokens - b.tokens), ('cost_micros', w.cost_micros - b.cost_micros)) AS one (unit, delta)
        GROUP BY one.unit HAVING sum(one.delta) <> 0
    ), noted AS (
        INSERT INTO usage_corrections (account_id, day, unit, delta, reason, noted_at)
        SELECT account, of_day, c.unit, c.delta, 'recount', now() FROM changes AS c
    )
    SELECT c.unit, c.delta FROM changes AS c ORDER BY c.unit;
END;
$$ LANGUAGE plpgsql;
