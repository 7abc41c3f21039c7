-- What an operator and a fair queue need: cancelled jobs, priorities, limits by key, pauses, cron.
DROP INDEX idx_jobs_due, idx_jobs_leases, idx_jobs_dead, idx_jobs_one_live_per_key;
ALTER TABLE jobs DROP CONSTRAINT running_means_leased, DROP CONSTRAINT ended_means_finished;

-- A new type and not ADD VALUE: a value that was added cannot be used in the same transaction.
ALTER TYPE job_state RENAME TO job_state_before;
CREATE TYPE job_state AS ENUM ('queued', 'running', 'done', 'dead', 'cancelled');
ALTER TABLE jobs
    ALTER COLUMN state DROP DEFAULT,
    ALTER COLUMN state TYPE job_state USING state::text::job_state,
    ALTER COLUMN state SET DEFAULT 'queued',
    -- Redis holds no truth that would have to be remembered here (docs/adr/0001).
    DROP COLUMN pushed_at,
    DROP COLUMN concurrency_key,
    -- 1 high, 2 normal, 3 low. Each class is first in line in a fixed share of the claims.
    ADD COLUMN priority SMALLINT NOT NULL DEFAULT 2 CHECK (priority BETWEEN 1 AND 3),
    -- Whose limits it counts against: 'user:<id>', 'telegram', 'chat:<id>', 'ai:<provider>'.
    ADD COLUMN limit_keys TEXT[] NOT NULL DEFAULT '{}',
    -- The key that had as many running jobs as it may when this one was looked at.
    ADD COLUMN blocked_on TEXT,
    -- Whether run_at is a place in the line of a rate: then newcomers stand behind it.
    ADD COLUMN slotted BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN cancel_requested BOOLEAN NOT NULL DEFAULT FALSE,
    -- How often an operator has sent it round again after it had ended.
    ADD COLUMN redrives INTEGER NOT NULL DEFAULT 0,
    ADD CONSTRAINT running_means_leased CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    ADD CONSTRAINT ended_means_finished
        CHECK ((state IN ('done', 'dead', 'cancelled')) = (finished_at IS NOT NULL)),
    ADD CONSTRAINT only_waiting_is_blocked CHECK (blocked_on IS NULL OR state = 'queued');
DROP TYPE job_state_before;

-- Each index is small: it holds live or dead jobs, never the finished ones.
CREATE INDEX idx_jobs_due ON jobs (queue, priority, run_at)
    WHERE state = 'queued' AND blocked_on IS NULL;
CREATE INDEX idx_jobs_blocked ON jobs (blocked_on, priority, run_at)
    WHERE state = 'queued' AND blocked_on IS NOT NULL;
CREATE INDEX idx_jobs_leases ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX idx_jobs_dead ON jobs (finished_at DESC) WHERE state = 'dead';
CREATE UNIQUE INDEX idx_jobs_one_live_per_key ON jobs (kind, dedupe_key)
    WHERE dedupe_key IS NOT NULL AND state IN ('queued', 'running');

-- Every job leaves two dead rows behind; the default would wait for a fifth of the table.
ALTER TABLE jobs SET (
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0.02
);

-- One row a key with a limit: locked while its jobs are admitted, so that two workers never
-- count past each other.
CREATE TABLE job_keys (
    key TEXT PRIMARY KEY,
    -- Rate: the theoretical arrival time of the generic cell rate algorithm (ITU-T I.371).
    busy_until TIMESTAMPTZ NOT NULL DEFAULT '-infinity',
    -- Rate: the next free place in the line of those that have to wait.
    next_slot TIMESTAMPTZ NOT NULL DEFAULT '-infinity',
    used_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
) WITH (fillfactor = 50);

-- A queue that is named here is not worked on.
CREATE TABLE job_pauses (
    queue TEXT PRIMARY KEY,
    paused_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    paused_by TEXT NOT NULL
);

-- The newest tick of each schedule that has become a job.
CREATE TABLE cron_ticks (
    name TEXT PRIMARY KEY,
    last_tick TIMESTAMPTZ NOT NULL
);
