-- What a person had used when their data was deleted, by the same keyed hash as in abuse_memory.
CREATE TABLE usage_memory (
    memory_key BYTEA PRIMARY KEY CHECK (octet_length(memory_key) = 32),
    daily_analyses_used INTEGER NOT NULL,
    daily_units_returned INTEGER NOT NULL,
    daily_limit_reset_at TIMESTAMPTZ NOT NULL,
    monthly_analyses_used INTEGER NOT NULL,
    monthly_limit_reset_at TIMESTAMPTZ NOT NULL,
    trial_used BOOLEAN NOT NULL,
    kept_until TIMESTAMPTZ NOT NULL
);

CREATE INDEX idx_usage_memory_kept_until ON usage_memory (kept_until);

-- Units that were given back in the day that runs, because of what the person had sent.
ALTER TABLE usage_limits
    ADD COLUMN daily_units_returned INTEGER NOT NULL DEFAULT 0 CHECK (daily_units_returned >= 0);
