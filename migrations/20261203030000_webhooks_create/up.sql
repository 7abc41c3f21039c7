-- Where the events of an account are posted to. See docs/WEBHOOKS.md.
CREATE TABLE webhook_endpoints (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    url TEXT NOT NULL CHECK (length(url) <= 2048),
    description TEXT CHECK (length(description) BETWEEN 1 AND 200),
    -- Names of the events that it gets; none: all.
    events TEXT[] NOT NULL DEFAULT '{}' CHECK (cardinality(events) <= 100),
    enabled BOOLEAN NOT NULL DEFAULT TRUE,
    -- Why we have switched it off.
    disabled_why TEXT CHECK (disabled_why IN ('gone', 'failing')),
    -- Since its last success nothing has been delivered; NULL: its last delivery was one.
    failing_since TIMESTAMPTZ,
    -- By the clock of the events: those of before are not delivered to it.
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT an_enabled_one_was_not_switched_off CHECK (NOT enabled OR disabled_why IS NULL)
);
CREATE INDEX webhook_endpoints_of_account ON webhook_endpoints (account_id);

-- What messages to an endpoint are signed with. More than one while one takes the place of another.
CREATE TABLE webhook_secrets (
    id UUID PRIMARY KEY,
    endpoint_id UUID NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    -- The account, for which it is sealed.
    account_id UUID NOT NULL,
    key_id TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    -- NULL: the newest one.
    ends_at TIMESTAMPTZ
);
CREATE INDEX webhook_secrets_of_endpoint ON webhook_secrets (endpoint_id, created_at);

-- One event on its way to one endpoint.
CREATE TABLE webhook_deliveries (
    id UUID PRIMARY KEY,
    endpoint_id UUID NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    -- No references: months of events are dropped.
    event_id UUID NOT NULL,
    event_name TEXT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
    -- Of this run: a replay begins anew.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- The next attempt; NULL: there is none.
    next_at TIMESTAMPTZ,
    last_at TIMESTAMPTZ,
    -- What the receiver has answered last, or why there was no answer.
    response_status SMALLINT,
    error TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT each_event_once UNIQUE (endpoint_id, event_id)
);
CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (endpoint_id, id);
-- For those of one status: what has failed is little beside what was delivered.
CREATE INDEX webhook_deliveries_of_status ON webhook_deliveries (endpoint_id, status, id);
CREATE INDEX webhook_deliveries_created_at ON webhook_deliveries (created_at);
