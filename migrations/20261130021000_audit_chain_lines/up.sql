-- Every line gets a place in one order, and is sealed in it: a digest of the line, chained to those before
-- (audit_logs_seal). `tx` is the transaction: what is older than all that run can get no line any more. The salt makes
-- the digest say nothing of values that were erased.
ALTER TABLE audit_logs
    ADD COLUMN tx BIGINT NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    ADD COLUMN place BIGINT GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN salt UUID DEFAULT gen_random_uuid();
CREATE INDEX audit_logs_in_order ON audit_logs (tx, place);

CREATE TABLE audit_seals (
    seq BIGINT PRIMARY KEY,
    log_id UUID NOT NULL UNIQUE,
    tx BIGINT NOT NULL,
    place BIGINT NOT NULL,
    -- When the line was written: it may be deleted 90 days later.
    made_at TIMESTAMPTZ NOT NULL,
    -- Of what outlives an erasure: action, kind, actor, time.
    lasting BYTEA NOT NULL CHECK (length(lasting) = 32),
    -- Of the whole line.
    whole BYTEA NOT NULL CHECK (length(whole) = 32),
    -- Of the seal before, and this one.
    chain BYTEA NOT NULL CHECK (length(chain) = 32)
);

-- As the audit log itself (audit_restrict): added to by its owner, never changed.
ALTER TABLE audit_seals ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_seals FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_reads ON audit_seals FOR SELECT USING (
    (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'audit_seals'::regclass));
CREATE POLICY owner_adds ON audit_seals FOR INSERT WITH CHECK (
    (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'audit_seals'::regclass));
