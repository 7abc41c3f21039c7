-- Counts the facts $1 that are new, as of $2. Accounts that an erasure has locked are passed over, and their number yielded.
WITH facts AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1) AS fact (id UUID, occurred_at TIMESTAMPTZ, account_id UUID, user_id UUID,
        messages BIGINT, readings BIGINT, files BIGINT, tokens BIGINT, cost_micros BIGINT)
    -- The outbox may keep events for longer than facts are kept: read again, they would count again.
    WHERE occurred_at > $2::timestamptz - interval '399 days'
), present AS MATERIALIZED (
    SELECT accounts.id, COALESCE(users.timezone, 'UTC') AS timezone
    FROM accounts LEFT JOIN users ON users.id = accounts.user_id
    WHERE accounts.id IN (SELECT account_id FROM facts UNION SELECT user_id FROM facts)
    ORDER BY accounts.id FOR KEY SHARE OF accounts SKIP LOCKED
), kept AS (
    INSERT INTO usage_facts (event_id, occurred_at, account_id, user_id, day, messages, readings, files, tokens, cost_micros)
    SELECT facts.id, occurred_at, facts.account_id, COALESCE(person.id, facts.account_id),
        (occurred_at AT TIME ZONE own.timezone)::date, messages, readings, files, tokens, cost_micros
    FROM facts JOIN present AS own ON own.id = facts.account_id LEFT JOIN present AS person ON person.id = facts.user_id
    ON CONFLICT (event_id) DO NOTHING
    RETURNING occurred_at, account_id, user_id, day, messages, readings, files, tokens, cost_micros
), counted AS (
    INSERT INTO usage_daily_aggregates AS known (account_id, day, user_id, messages, readings, files, tokens, cost_micros)
    SELECT account_id, day, user_id, sum(messages), sum(readings), sum(files), sum(tokens), sum(cost_micros)
    FROM kept GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (account_id, day, user_id) DO UPDATE SET messages = known.messages + excluded.messages,
        readings = known.readings + excluded.readings, files = known.files + excluded.files,
        tokens = known.tokens + excluded.tokens, cost_micros = known.cost_micros + excluded.cost_micros
), late AS (
    INSERT INTO usage_corrections (account_id, day, unit, delta, reason, noted_at)
    SELECT kept.account_id, kept.day, one.unit, sum(one.delta), 'late', $2::timestamptz
    FROM kept JOIN present AS own ON own.id = kept.account_id, LATERAL (VALUES
        ('messages', kept.messages), ('readings', kept.readings), ('files', kept.files), ('tokens', kept.tokens),
        ('cost_micros', kept.cost_micros)) AS one (unit, delta)
    -- What is older is read for the first time, or after the cursor was set back: it is no news.
    WHERE one.delta <> 0 AND kept.occurred_at > $2::timestamptz - interval '35 days'
      AND (kept.day + 1)::timestamp AT TIME ZONE own.timezone + interval '1 hour' <= $2::timestamptz
    GROUP BY 1, 2, 3
)
SELECT count(*) AS held FROM facts JOIN accounts ON accounts.id = facts.account_id
WHERE facts.account_id NOT IN (SELECT id FROM present)
