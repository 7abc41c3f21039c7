-- An account that may do nothing but have its data copied and deleted: a person's own, or an organization.
CREATE TABLE suspensions (
    account_id UUID PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    since TIMESTAMPTZ NOT NULL,
    -- NULL: until it is taken back.
    until TIMESTAMPTZ
);

-- It outlives a deletion of all data. 'infinity': until it is taken back.
ALTER TABLE abuse_memory ADD COLUMN suspended_until TIMESTAMPTZ;

-- Operators look persons up by the beginning of an address, and organizations by their age.
CREATE INDEX identities_by_beginning ON identities (subject text_pattern_ops) WHERE provider = 'email';
CREATE INDEX organizations_by_age ON accounts (created_at, id) WHERE kind = 'organization';
