-- Letters by e-mail, what became of them, addresses that take none, and what strangers write in the contact form.
CREATE TYPE email_status AS ENUM
    ('queued', 'sending', 'accepted', 'delivered', 'bounced', 'complained', 'suppressed', 'uncertain', 'failed');

CREATE TABLE emails (
    id UUID PRIMARY KEY,
    -- As the person wrote it.
    to_address TEXT NOT NULL,
    -- NULL: to somebody who is no person of ours, or who is being deleted.
    user_id UUID,
    template TEXT NOT NULL,
    language TEXT NOT NULL,
    -- The variables of the template, among them links that open an account: until the letter is accepted or given up.
    content JSONB,
    -- From then on.
    subject TEXT,
    status email_status NOT NULL DEFAULT 'queued',
    provider TEXT,
    provider_id TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- When an attempt ended without an answer first: the letter may have left.
    doubted_at TIMESTAMPTZ,
    dedupe_key TEXT UNIQUE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    accepted_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    CONSTRAINT content_while_it_is_needed CHECK ((content IS NOT NULL) = (status IN ('queued', 'sending')))
);

CREATE INDEX emails_user_id ON emails (user_id);
CREATE INDEX emails_created_at ON emails (created_at);
CREATE INDEX emails_provider_id ON emails (provider_id) WHERE provider_id IS NOT NULL;

CREATE TABLE email_events (
    id UUID PRIMARY KEY,
    email_id UUID NOT NULL REFERENCES emails (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    -- The vendor, and its number of the event.
    provider TEXT NOT NULL,
    provider_event_id TEXT NOT NULL,
    -- What the other side said.
    detail TEXT,
    at TIMESTAMPTZ NOT NULL,
    UNIQUE (provider, provider_event_id)
);

CREATE INDEX email_events_email_id ON email_events (email_id);

-- By a keyed hash of the address.
CREATE TABLE email_suppressions (
    address_key BYTEA PRIMARY KEY,
    bounces SMALLINT NOT NULL DEFAULT 0,
    soft_bounces SMALLINT NOT NULL DEFAULT 0,
    soft_since TIMESTAMPTZ,
    complained_at TIMESTAMPTZ,
    -- Of bounces; a complaint has no end.
    suppressed_until TIMESTAMPTZ,
    changed_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE contact_messages (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    message TEXT NOT NULL,
    language TEXT NOT NULL,
    -- The proof of work that it came with, which does for one message.
    proof BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
