-- Writes the lines $1 of requests, and adds those that are new to the sums. Accounts that an erasure has locked are passed
-- over, and their lines yielded: waiting for one while others are held could be for ever. Rows of sums are locked in one order.
WITH lines AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1) AS line (
        id UUID, occurred_at TIMESTAMPTZ, user_id UUID, account_id UUID, key_id UUID, method TEXT, endpoint TEXT,
        status SMALLINT, latency_ms INTEGER, latency_bucket SMALLINT, bytes_in BIGINT, bytes_out BIGINT,
        error_code TEXT, request_id TEXT, address TEXT)
), present AS MATERIALIZED (
    SELECT accounts.id, COALESCE(users.timezone, 'UTC') AS timezone
    FROM accounts LEFT JOIN users ON users.id = accounts.user_id
    WHERE accounts.id IN (SELECT account_id FROM lines UNION SELECT user_id FROM lines)
    ORDER BY accounts.id FOR KEY SHARE OF accounts SKIP LOCKED
), logged AS (
    INSERT INTO usage_logs (id, occurred_at, user_id, account_id, key_id, day, method, endpoint, status, latency_ms,
        bytes_in, bytes_out, error_code, request_id, address)
    SELECT lines.id, occurred_at, person.id, lines.account_id, key_id,
        (occurred_at AT TIME ZONE COALESCE(own.timezone, 'UTC'))::date, method, endpoint, status, latency_ms,
        bytes_in, bytes_out, error_code, request_id, address::inet
    FROM lines
    LEFT JOIN present AS own ON own.id = lines.account_id
    LEFT JOIN present AS person ON person.id = lines.user_id
    WHERE lines.account_id IS NULL OR own.id IS NOT NULL
    ON CONFLICT (occurred_at, id) DO NOTHING
    RETURNING id, occurred_at, user_id, account_id, key_id, day, method, endpoint, status
), quarter AS (
    INSERT INTO api_requests_quarter AS known (bucket, account_id, key_id, endpoint, status_class, latency_bucket, requests)
    SELECT date_bin('15 minutes', logged.occurred_at, '2000-01-01T00:00:00Z'::timestamptz) AS bucket,
        COALESCE(logged.account_id, '00000000-0000-0000-0000-000000000000'::uuid),
        COALESCE(logged.key_id, '00000000-0000-0000-0000-000000000000'::uuid),
        logged.method || ' ' || logged.endpoint, logged.status / 100, lines.latency_bucket, count(*)
    FROM logged JOIN lines ON lines.id = logged.id
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (bucket, account_id, key_id, endpoint, status_class, latency_bucket)
        DO UPDATE SET requests = known.requests + excluded.requests
), counted AS (
    INSERT INTO usage_daily_aggregates AS known (account_id, day, user_id, requests, errors)
    SELECT account_id, day, COALESCE(user_id, account_id), count(*), count(*) FILTER (WHERE status >= 400)
    FROM logged WHERE account_id IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (account_id, day, user_id)
        DO UPDATE SET requests = known.requests + excluded.requests, errors = known.errors + excluded.errors
)
SELECT lines.id FROM lines JOIN accounts ON accounts.id = lines.account_id
WHERE lines.account_id NOT IN (SELECT id FROM present)
