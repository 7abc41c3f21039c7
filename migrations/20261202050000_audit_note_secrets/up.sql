-- When each value of a secret was first used, so that it can be told how old it is. The digest is keyed by a secret that
-- is not in the database: it does not help to guess the value.
CREATE TABLE secrets_seen (
    name TEXT NOT NULL,
    digest BYTEA NOT NULL CHECK (length(digest) = 32),
    first_seen_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (name, digest)
);
