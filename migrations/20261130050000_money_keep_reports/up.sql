-- What vendors report of charges: once for each charge, word and sum, so that two parts of one payment that go back
-- are two rows. `payment_events`, which has one row for both, is written by processes of the previous release alone
-- from now on.
CREATE TABLE payment_reports (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    provider payment_provider NOT NULL,
    -- The vendor's number of the charge, and its own word for what happened.
    external_id VARCHAR(255) NOT NULL,
    status VARCHAR(50) NOT NULL,
    amount DECIMAL(20, 2) NOT NULL,
    currency VARCHAR(10) NOT NULL,
    -- What it says our order is; not a reference, for anything may stand there.
    order_id VARCHAR(255) NOT NULL,
    -- What that means: 'paid', 'returned', 'refused', ...; and what became of it: 'granted', 'returned', 'unknown', ...
    happened VARCHAR(20) NOT NULL,
    outcome VARCHAR(20) NOT NULL,
    -- The Telegram id of the person who paid: Stars are given back to them.
    payer BIGINT,
    -- As it came, without what is about a card or a person.
    body JSONB,
    seen INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_seen_at TIMESTAMPTZ NOT NULL DEFAULT now(),

    UNIQUE (provider, external_id, status, amount, currency)
);

CREATE INDEX payment_reports_of_order ON payment_reports (order_id);
-- For the erasure of a person, and for those that are to be forgotten.
CREATE INDEX payment_reports_of_payer ON payment_reports (payer) WHERE payer IS NOT NULL;
CREATE INDEX payment_reports_with_body ON payment_reports (created_at) WHERE body IS NOT NULL;

INSERT INTO payment_reports (id, provider, external_id, status, amount, currency, order_id, happened, outcome, seen,
        created_at, last_seen_at)
    SELECT id, provider, external_id, status, amount, currency, order_id,
        CASE WHEN status IN ('successful_payment', 'CONFIRMED') THEN 'paid'
             WHEN status IN ('refunded_payment', 'REFUNDED', 'REVERSED') THEN 'returned'
             WHEN status IN ('PARTIAL_REFUNDED', 'PARTIAL_REVERSED') THEN 'partly_returned'
             WHEN status IN ('REJECTED', 'AUTH_FAIL') THEN 'refused'
             WHEN status IN ('CANCELED', 'DEADLINE_EXPIRED', 'ATTEMPTS_EXPIRED') THEN 'abandoned'
             ELSE 'underway' END,
        outcome, seen, created_at, last_seen_at
    FROM payment_events;

-- The Telegram id of the person who paid, if the vendor says it.
ALTER TABLE payments ADD COLUMN payer BIGINT;
