-- Money that goes back because an operator wants it: the intent is written before the vendor is asked, the end after it.
CREATE TABLE refunds (
    id UUID PRIMARY KEY,
    payment_id UUID NOT NULL REFERENCES payments (id),
    amount DECIMAL(20, 2) NOT NULL CHECK (amount > 0),
    currency VARCHAR(10) NOT NULL,
    -- Whether it is all that was paid.
    whole BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'underway', 'succeeded', 'failed')),
    -- By which the vendor knows one refund that is asked for twice.
    key VARCHAR(80) NOT NULL UNIQUE,
    -- The vendor's number of it.
    number VARCHAR(255),
    -- Whether the vendor has said that it is on its way.
    accepted BOOLEAN NOT NULL DEFAULT FALSE,
    -- What had gone back of the payment before.
    gone_before DECIMAL(20, 2) NOT NULL DEFAULT 0,
    asked_by TEXT NOT NULL,
    error TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    asked_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ
);
CREATE INDEX refunds_of_payment ON refunds (payment_id);
-- One after the other: else it could not be told which of two has arrived.
CREATE UNIQUE INDEX refunds_underway ON refunds (payment_id) WHERE state = 'underway';
CREATE INDEX refunds_without_end ON refunds (created_at) WHERE state IN ('requested', 'underway');

-- What has gone back of a payment in all, as far as the sum is known, and what its vendor holds because of a dispute.
ALTER TABLE payments
    ADD COLUMN returned DECIMAL(20, 2) NOT NULL DEFAULT 0,
    ADD COLUMN disputed DECIMAL(20, 2) NOT NULL DEFAULT 0;

-- Persons who ask for their money: an operator decides.
CREATE TABLE refund_wishes (
    payment_id UUID PRIMARY KEY REFERENCES payments (id),
    words TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- What has gone back of the charge in all, if the vendor says it.
ALTER TABLE payment_reports ADD COLUMN returned DECIMAL(20, 2);
