-- Writes those of the events $2 of the account $1 that are new, as of $3, and counts them. With each how many the fullest of
-- their days has by now.
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($2) AS one (id TEXT, name TEXT, occurred_at TIMESTAMPTZ, properties JSONB, digest TEXT)
), own AS MATERIALIZED (
    SELECT accounts.id, COALESCE(users.timezone, 'UTC') AS timezone
    FROM accounts LEFT JOIN users ON users.id = accounts.user_id WHERE accounts.id = $1::uuid FOR KEY SHARE OF accounts
), kept AS (
    INSERT INTO usage_events (account_id, id, name, occurred_at, received_at, day, properties, digest)
    SELECT own.id, given.id, given.name, COALESCE(occurred_at, $3::timestamptz), $3::timestamptz,
        (COALESCE(occurred_at, $3::timestamptz) AT TIME ZONE timezone)::date, properties, decode(given.digest, 'hex')
    FROM given, own ORDER BY given.id
    ON CONFLICT (account_id, id) DO NOTHING
    RETURNING id, day
), counted AS (
    INSERT INTO usage_daily_aggregates AS known (account_id, day, user_id, events)
    SELECT $1::uuid, day, $1::uuid, count(*) FROM kept GROUP BY day ORDER BY day
    ON CONFLICT (account_id, day, user_id) DO UPDATE SET events = known.events + excluded.events
    RETURNING known.events
), late AS (
    INSERT INTO usage_corrections (account_id, day, unit, delta, reason, noted_at)
    SELECT $1::uuid, day, 'events', count(*), 'late', $3::timestamptz FROM kept, own
    WHERE (day + 1)::timestamp AT TIME ZONE timezone + interval '1 hour' <= $3::timestamptz GROUP BY day
)
SELECT id, (SELECT max(events) FROM counted) AS of_day FROM kept
