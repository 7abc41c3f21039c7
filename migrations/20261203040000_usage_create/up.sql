-- The requests of accounts and keys, in lines that the API writes in batches.
CREATE TABLE usage_logs (
    id UUID NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    -- No references: a reference of a partition would lock the table that it leads to while the partition is made.
    user_id UUID,
    account_id UUID,
    key_id UUID,
    -- The day of the account's clock that it was counted for.
    day DATE NOT NULL,
    method TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    status SMALLINT NOT NULL,
    latency_ms INTEGER NOT NULL,
    bytes_in BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    tokens INTEGER NOT NULL DEFAULT 0,
    cost_micros BIGINT NOT NULL DEFAULT 0,
    model TEXT,
    error_code TEXT,
    request_id TEXT NOT NULL,
    -- Of the network alone: /24, or /48.
    address INET,
    PRIMARY KEY (occurred_at, id)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX usage_logs_of_account ON usage_logs (account_id, occurred_at, id);
-- For the copy of a person's data, and its erasure.
CREATE INDEX usage_logs_of_person ON usage_logs (user_id, occurred_at, id) WHERE user_id IS NOT NULL;

-- What an account has used in a day of its clock. user_id is the account itself where a key acted for no person.
CREATE TABLE usage_daily_aggregates (
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    day DATE NOT NULL,
    user_id UUID NOT NULL,
    requests BIGINT NOT NULL DEFAULT 0,
    errors BIGINT NOT NULL DEFAULT 0,
    messages BIGINT NOT NULL DEFAULT 0,
    readings BIGINT NOT NULL DEFAULT 0,
    files BIGINT NOT NULL DEFAULT 0,
    events BIGINT NOT NULL DEFAULT 0,
    tokens BIGINT NOT NULL DEFAULT 0,
    cost_micros BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, day, user_id)
);
CREATE INDEX usage_daily_aggregates_of_day ON usage_daily_aggregates (day, account_id);
CREATE INDEX usage_daily_aggregates_of_person ON usage_daily_aggregates (user_id) WHERE user_id <> account_id;

-- Requests by quarter of an hour and time taken: latency_bucket is ceil(ln(ms) / ln(1.1)), and -1 where
-- the time was the client's: it has asked to wait, or has sent a file. An id of zeros: none.
CREATE TABLE api_requests_quarter (
    bucket TIMESTAMPTZ NOT NULL,
    account_id UUID NOT NULL,
    key_id UUID NOT NULL,
    endpoint TEXT NOT NULL,
    status_class SMALLINT NOT NULL,
    latency_bucket SMALLINT NOT NULL,
    requests BIGINT NOT NULL,
    PRIMARY KEY (bucket, account_id, key_id, endpoint, status_class, latency_bucket)
);
CREATE INDEX api_requests_quarter_of_account ON api_requests_quarter (account_id, bucket);

-- What events of the outbox say of usage, each event once: also when they are read again.
CREATE TABLE usage_facts (
    event_id UUID PRIMARY KEY,
    occurred_at TIMESTAMPTZ NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id UUID NOT NULL,
    day DATE NOT NULL,
    messages BIGINT NOT NULL,
    readings BIGINT NOT NULL,
    files BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    cost_micros BIGINT NOT NULL
);
CREATE INDEX usage_facts_of_account ON usage_facts (account_id, day);
CREATE INDEX usage_facts_of_person ON usage_facts (user_id) WHERE user_id <> account_id;
CREATE INDEX usage_facts_in_time ON usage_facts (occurred_at);

-- Events of an account's own, by the ids that it has given them.
CREATE TABLE usage_events (
    -- No reference: they may be more than one statement can delete, and are deleted in batches.
    account_id UUID NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    day DATE NOT NULL,
    properties JSONB NOT NULL,
    -- SHA-256 of what was sent: the same id with another one is a conflict.
    digest BYTEA NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX usage_events_of_day ON usage_events (account_id, day);
CREATE INDEX usage_events_received ON usage_events (received_at);

-- Organizations that are deleted, until their lines, quarters and events are.
CREATE TABLE usage_gone (
    account_id UUID PRIMARY KEY
);

-- Days that have changed after they were over.
CREATE TABLE usage_corrections (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    day DATE NOT NULL,
    unit TEXT NOT NULL,
    delta BIGINT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('late', 'recount')),
    noted_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX usage_corrections_of_account ON usage_corrections (account_id, noted_at);

-- Units of a meter that a process of the API has taken and may spend without asking.
CREATE TABLE usage_leases (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    amount BIGINT NOT NULL,
    taken_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX usage_leases_of_account ON usage_leases (account_id);
CREATE INDEX usage_leases_by_age ON usage_leases (taken_at);

-- That an account was told how much of a quota is used; once a window and limit: with another plan it may be news again.
CREATE TABLE usage_alerts (
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    unit TEXT NOT NULL,
    period TEXT NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    percent SMALLINT NOT NULL,
    allowed BIGINT NOT NULL,
    PRIMARY KEY (account_id, unit, period, ends_at, percent, allowed)
);
CREATE INDEX usage_alerts_by_end ON usage_alerts (ends_at);

CREATE FUNCTION usage_make_months(moment TIMESTAMPTZ, ahead INTEGER) RETURNS SETOF TEXT AS $$
DECLARE
    first CONSTANT TIMESTAMP := date_trunc('month', moment AT TIME ZONE 'UTC');
    month TIMESTAMP;
    partition TEXT;
BEGIN
    FOR month IN SELECT generate_series(first, first + make_interval(months => ahead), interval '1 month') LOOP
        partition := 'usage_logs_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        LOCK TABLE usage_logs IN SHARE UPDATE EXCLUSIVE MODE;
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE usage_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
        EXECUTE format('ALTER TABLE usage_logs ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition,
            month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
        RETURN NEXT partition;
    END LOOP;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE ALL ON FUNCTION usage_make_months FROM PUBLIC;

SELECT usage_make_months(now(), 3);
