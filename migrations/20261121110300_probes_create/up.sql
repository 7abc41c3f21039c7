-- Probes: jobs that do nothing but tell how they were run. Operators send one to see that a
-- deployment works; the chaos suite and the benchmark send many.
CREATE TABLE probe_runs (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    probe_id UUID NOT NULL,
    attempt INTEGER NOT NULL,
    worker TEXT NOT NULL,
    began_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX idx_probe_runs_probe ON probe_runs (probe_id);

-- No unique key: a result that is applied twice is to be seen, not to be refused.
CREATE TABLE probe_results (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    probe_id UUID NOT NULL,
    worker TEXT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX idx_probe_results_probe ON probe_results (probe_id);
