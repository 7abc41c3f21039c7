-- The job ledger: the truth about every piece of work (docs/adr/0001).
CREATE TYPE job_state AS ENUM ('queued', 'running', 'done', 'dead');

CREATE TABLE jobs (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    queue TEXT NOT NULL,
    args JSONB NOT NULL,
    state job_state NOT NULL DEFAULT 'queued',
    attempt INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL CHECK (max_attempts > 0),
    run_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    -- When its id was last put into Redis (or was about to be): a hint, never the truth.
    pushed_at TIMESTAMPTZ,
    -- Counts claims. Whoever writes must hold the newest one.
    fence BIGINT NOT NULL DEFAULT 0,
    lease_until TIMESTAMPTZ,
    worker TEXT,
    dedupe_key TEXT,
    concurrency_key TEXT,
    -- [{attempt, at, error}], oldest first.
    errors JSONB NOT NULL DEFAULT '[]',
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,

    CONSTRAINT running_means_leased
        CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT ended_means_finished
        CHECK ((state IN ('done', 'dead')) = (finished_at IS NOT NULL))
);

CREATE INDEX idx_jobs_due ON jobs (queue, run_at) WHERE state = 'queued';
CREATE INDEX idx_jobs_leases ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX idx_jobs_dead ON jobs (finished_at DESC) WHERE state = 'dead';
CREATE UNIQUE INDEX idx_jobs_one_live_per_key ON jobs (kind, dedupe_key)
    WHERE dedupe_key IS NOT NULL AND state IN ('queued', 'running');
