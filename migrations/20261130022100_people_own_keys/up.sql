-- A key may belong to an account; those of operators belong to none. To processes of the previous release a key of an
-- account is one that is bound to no person: they let it do nothing.
ALTER TABLE api_keys
    ADD COLUMN account_id UUID REFERENCES accounts (id) ON DELETE CASCADE,
    ADD COLUMN created_by UUID REFERENCES users (id) ON DELETE SET NULL,
    ADD COLUMN enabled BOOLEAN NOT NULL DEFAULT TRUE,
    ADD COLUMN note TEXT CHECK (length(note) BETWEEN 1 AND 500),
    ADD COLUMN rate_per_minute INTEGER CHECK (rate_per_minute > 0),
    ADD COLUMN quota BIGINT CHECK (quota > 0),
    ADD COLUMN quota_period TEXT CHECK (quota_period IN ('day', 'month')),
    ADD COLUMN quota_used BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN quota_resets_at TIMESTAMPTZ,
    ADD CONSTRAINT quota_has_a_period CHECK ((quota IS NULL) = (quota_period IS NULL)),
    ADD CONSTRAINT key_of_account_is_bound_to_no_person
        CHECK (account_id IS NULL OR (persons IS NOT NULL AND cardinality(persons) = 0)),
    DROP CONSTRAINT api_keys_replaced_by_fkey,
    ADD CONSTRAINT api_keys_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES api_keys (id) ON DELETE SET NULL;

CREATE INDEX api_keys_of_account ON api_keys (account_id);
CREATE INDEX api_keys_of_maker ON api_keys (created_by);
CREATE INDEX api_keys_of_successor ON api_keys (replaced_by);
