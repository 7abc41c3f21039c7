-- How the providers of AI are: written by whichever worker opens or closes a circuit breaker. The
-- breaker itself is in Redis (shared/src/features/ai/gate.rs); these rows are for people.
CREATE TYPE provider_state AS ENUM ('closed', 'open', 'half_open');

CREATE TABLE provider_health (
    provider TEXT PRIMARY KEY,
    -- closed: it is asked; open: it is not; half_open: one call tries whether it is back.
    state provider_state NOT NULL,
    -- Failures in a row when the breaker opened.
    failures INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    opened_at TIMESTAMPTZ,
    -- When it is tried again.
    open_until TIMESTAMPTZ,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

-- The last hour by the calls themselves: how many, how they ended, how long they took (seconds).
CREATE VIEW provider_calls_of_hour AS
SELECT provider,
    count(*) AS calls,
    count(*) FILTER (WHERE state = 'answered') AS answered,
    count(*) FILTER (WHERE state IN ('useless', 'refused', 'unknown')) AS failed,
    sum(cost_micro_usd)::BIGINT AS cost_micro_usd,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM ended_at - began_at)::FLOAT8)
        FILTER (WHERE state = 'answered') AS median_seconds
FROM paid_calls WHERE began_at > now() - interval '1 hour'
GROUP BY provider;
