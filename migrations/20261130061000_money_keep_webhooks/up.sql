-- The inbox: calls of the webhooks of payment vendors, as they came. A call is kept before its vendor is answered, so that
-- what is to follow from it can be done later, and again.
CREATE TABLE webhook_inbox (
    id UUID PRIMARY KEY,
    provider payment_provider NOT NULL,
    -- What follows the vendor in the path of the webhook; mostly nothing.
    endpoint VARCHAR(64) NOT NULL,
    -- The vendor's id of the event; if it gives none, the SHA-256 of the body.
    event_key VARCHAR(255) NOT NULL,
    -- The vendor's own word for what it is about; empty if it could not be read.
    kind VARCHAR(100) NOT NULL,
    -- Those that help to understand the call; no proofs and no cookies.
    headers JSONB NOT NULL,
    -- It may hold digits of a card, and addresses. NULL: deleted after its time, or with the data of the person.
    body BYTEA,
    -- What it is about, if it says so; not a reference, for anything may stand there.
    payment_id UUID,
    received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- 'kept': to be worked, a job does it; 'failed': an operator has to see to it.
    state TEXT NOT NULL DEFAULT 'kept' CHECK (state IN ('kept', 'done', 'failed')),
    -- How often it was worked, and why the last time did not succeed.
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    worked_at TIMESTAMPTZ,

    UNIQUE (provider, endpoint, event_key)
);

CREATE INDEX webhook_inbox_not_done ON webhook_inbox (received_at) WHERE state <> 'done';
CREATE INDEX webhook_inbox_received_at ON webhook_inbox (received_at);
-- For those whose time is over, and for the erasure of a person.
CREATE INDEX webhook_inbox_with_body ON webhook_inbox (received_at) WHERE body IS NOT NULL;
CREATE INDEX webhook_inbox_of_payment ON webhook_inbox (payment_id) WHERE body IS NOT NULL;
