-- The workers that run, and the release of each: an idle one is seen nowhere else.
CREATE TABLE job_workers (
    name TEXT PRIMARY KEY,
    release TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    seen_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
