-- What prevents abuse and outlives a deletion (docs/PRIVACY.md), by a keyed hash of the identity: without the
-- secret no row leads to a person.
CREATE TABLE abuse_memory (
    memory_key BYTEA PRIMARY KEY CHECK (octet_length(memory_key) = 32),
    deletions INTEGER NOT NULL CHECK (deletions > 0),
    last_deletion_at TIMESTAMPTZ NOT NULL,
    last_export_at TIMESTAMPTZ,
    kept_until TIMESTAMPTZ NOT NULL
);

CREATE INDEX idx_abuse_memory_kept_until ON abuse_memory (kept_until);
