-- Answers to POSTs that carry an Idempotency-Key, so that a second one gets the same answer.
CREATE TABLE idempotency_keys (
    -- 'user:<telegram_id>' or 'key:<id of the key>'.
    caller TEXT NOT NULL,
    key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    -- SHA-256 over the operation and its body: the same key for anything else is a mistake.
    fingerprint BYTEA NOT NULL CHECK (octet_length(fingerprint) = 32),
    -- Counts those who took it up; only the newest may write the answer.
    fence BIGINT NOT NULL DEFAULT 1,
    -- Until then somebody is at it; after that they are taken for dead.
    locked_until TIMESTAMPTZ,
    status SMALLINT,
    body BYTEA,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),

    PRIMARY KEY (caller, key),
    CONSTRAINT answered_or_at_work
        CHECK ((locked_until IS NULL) = (status IS NOT NULL) AND (status IS NULL) = (body IS NULL))
);

CREATE INDEX idx_idempotency_keys_created_at ON idempotency_keys (created_at);
