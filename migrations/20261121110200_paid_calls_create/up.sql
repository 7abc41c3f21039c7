-- The journal of calls that cost money: intent before, outcome after (shared/src/jobs/journal.rs).
CREATE TYPE paid_call_state AS ENUM ('intent', 'answered', 'useless', 'refused', 'unknown');

CREATE TABLE paid_calls (
    id UUID PRIMARY KEY,
    -- Not a foreign key: money is remembered for longer than jobs are.
    job_id UUID NOT NULL,
    -- What is paid for, whichever job or attempt asks: 'analyses.read_cup:<analysis id>'.
    key TEXT NOT NULL,
    provider TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    state paid_call_state NOT NULL DEFAULT 'intent',
    answer JSONB,
    error TEXT,
    began_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    ended_at TIMESTAMPTZ,
    -- When nobody could tell any more whether it is paid for. Stays, also if an answer comes late.
    doubted_at TIMESTAMPTZ,

    CONSTRAINT an_answer_is_kept CHECK (state <> 'answered' OR answer IS NOT NULL),
    CONSTRAINT intent_is_open CHECK ((state = 'intent') = (ended_at IS NULL))
);

CREATE INDEX idx_paid_calls_key ON paid_calls (key, began_at);
-- An operator who looks at a job wants to see what was paid for it.
CREATE INDEX idx_paid_calls_job ON paid_calls (job_id);
CREATE INDEX idx_paid_calls_doubted ON paid_calls (doubted_at) WHERE doubted_at IS NOT NULL;
-- Of one thing there is at most one good answer, and at most one call under way.
CREATE UNIQUE INDEX idx_paid_calls_one_answer ON paid_calls (key) WHERE state = 'answered';
CREATE UNIQUE INDEX idx_paid_calls_one_open ON paid_calls (key) WHERE state = 'intent';
