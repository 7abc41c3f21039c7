DROP TABLE cron_ticks, job_pauses, job_keys;
DROP INDEX idx_jobs_due, idx_jobs_blocked, idx_jobs_leases, idx_jobs_dead, idx_jobs_one_live_per_key;
ALTER TABLE jobs RESET (
    autovacuum_vacuum_scale_factor,
    autovacuum_vacuum_threshold,
    autovacuum_vacuum_cost_delay,
    autovacuum_analyze_scale_factor
);
DELETE FROM jobs WHERE state = 'cancelled';
ALTER TABLE jobs
    DROP CONSTRAINT running_means_leased,
    DROP CONSTRAINT ended_means_finished,
    DROP CONSTRAINT only_waiting_is_blocked,
    DROP COLUMN priority,
    DROP COLUMN limit_keys,
    DROP COLUMN blocked_on,
    DROP COLUMN slotted,
    DROP COLUMN cancel_requested,
    DROP COLUMN redrives,
    ADD COLUMN pushed_at TIMESTAMPTZ,
    ADD COLUMN concurrency_key TEXT;
ALTER TYPE job_state RENAME TO job_state_after;
CREATE TYPE job_state AS ENUM ('queued', 'running', 'done', 'dead');
ALTER TABLE jobs
    ALTER COLUMN state DROP DEFAULT,
    ALTER COLUMN state TYPE job_state USING state::text::job_state,
    ALTER COLUMN state SET DEFAULT 'queued',
    ADD CONSTRAINT running_means_leased CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    ADD CONSTRAINT ended_means_finished
        CHECK ((state IN ('done', 'dead')) = (finished_at IS NOT NULL));
DROP TYPE job_state_after;
CREATE INDEX idx_jobs_due ON jobs (queue, run_at) WHERE state = 'queued';
CREATE INDEX idx_jobs_leases ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX idx_jobs_dead ON jobs (finished_at DESC) WHERE state = 'dead';
CREATE UNIQUE INDEX idx_jobs_one_live_per_key ON jobs (kind, dedupe_key)
    WHERE dedupe_key IS NOT NULL AND state IN ('queued', 'running');
