-- What a person wants to see on their invoices. It goes with the person; each invoice has a copy of its own.
CREATE TABLE billing_details (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    name TEXT,
    company TEXT,
    address TEXT,
    -- ISO 3166-1, two letters.
    country TEXT,
    tax_id TEXT,
    email TEXT,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- The last number of each series and year. Its row is locked to the end of the transaction that issues, so a number is
-- taken by what is committed alone, and there are no gaps.
CREATE TABLE invoice_counters (
    series TEXT NOT NULL,
    year INTEGER NOT NULL,
    last BIGINT NOT NULL CHECK (last > 0),
    -- No number has an earlier date than the one before it.
    last_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (series, year)
);

CREATE TABLE invoices (
    id UUID PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    series TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    -- The payment, and which one of it this is: two at once cannot be the same.
    source TEXT NOT NULL UNIQUE,
    -- No references: it outlives both.
    user_id UUID,
    payment_id UUID NOT NULL,
    -- The invoice of which a credit note takes back.
    refers_to UUID REFERENCES invoices (id),
    currency TEXT NOT NULL,
    -- In the smallest unit of the currency. Of a credit note: what is taken back.
    total_minor BIGINT NOT NULL CHECK (total_minor > 0),
    tax_minor BIGINT NOT NULL CHECK (tax_minor BETWEEN 0 AND total_minor),
    -- In a hundred; NULL: none applies.
    tax_rate NUMERIC(5, 2),
    -- Copies of this moment. Without a seller it is a receipt.
    buyer JSONB,
    seller JSONB,
    paid_at TIMESTAMPTZ NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK ((kind = 'credit_note') = (refers_to IS NOT NULL))
);
CREATE INDEX invoices_of_person ON invoices (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX invoices_of_payment ON invoices (payment_id);
CREATE INDEX invoices_refer ON invoices (refers_to) WHERE refers_to IS NOT NULL;
CREATE INDEX invoices_with_buyer ON invoices (issued_at) WHERE buyer IS NOT NULL;

CREATE TABLE invoice_lines (
    invoice_id UUID NOT NULL REFERENCES invoices (id),
    position INTEGER NOT NULL,
    -- A month of this plan.
    tier subscription_tier NOT NULL,
    period_start TIMESTAMPTZ NOT NULL,
    period_end TIMESTAMPTZ NOT NULL,
    total_minor BIGINT NOT NULL CHECK (total_minor >= 0),
    tax_minor BIGINT NOT NULL CHECK (tax_minor BETWEEN 0 AND total_minor),
    PRIMARY KEY (invoice_id, position)
);

-- An invoice that is issued stays as it is: what is wrong is put right by a credit note. Only its person and its buyer are
-- forgotten, when the law allows it.
CREATE FUNCTION invoices_stay() RETURNS TRIGGER AS $$
DECLARE
    was CONSTANT JSONB := to_jsonb(OLD);
    becomes CONSTANT JSONB := to_jsonb(NEW);
BEGIN
    IF TG_OP = 'UPDATE'
        AND was - '{user_id,buyer}'::text[] = becomes - '{user_id,buyer}'::text[]
        AND becomes -> 'user_id' IN ('null', was -> 'user_id')
        AND becomes -> 'buyer' IN ('null', was -> 'buyer')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'invoices are added to, never changed: % of %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation';
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER invoices_stay BEFORE UPDATE OR DELETE ON invoices
    FOR EACH ROW EXECUTE FUNCTION invoices_stay();
CREATE TRIGGER invoices_stay BEFORE UPDATE OR DELETE ON invoice_lines
    FOR EACH ROW EXECUTE FUNCTION invoices_stay();
