-- Sums of what has happened, from the outbox (docs/EVENTS.md). They are kept by quarter hours in UTC, so that they are exact
-- in any zone; what counts different persons is kept by days of the reporting zone. `organization_id` is the account if
-- it is an organization's, else the nil UUID: all personal accounts together.
CREATE TABLE analytics_settings (
    id BOOLEAN PRIMARY KEY DEFAULT true CHECK (id),
    -- IANA name of the zone that the days below are of.
    zone TEXT NOT NULL,
    rebuilt_at TIMESTAMPTZ,
    -- Sums before it are as they were counted at first: the events of that time were dropped when it was rebuilt.
    rebuilt_from TIMESTAMPTZ
);
INSERT INTO analytics_settings (zone) VALUES ('UTC');

-- What a later fact about a person needs. The references have a person's rows go with the person.
CREATE TABLE analytics_people (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    signed_up_at TIMESTAMPTZ NOT NULL,
    signup_plan TEXT NOT NULL,
    plan TEXT NOT NULL,
    verified_at TIMESTAMPTZ,
    first_paid_at TIMESTAMPTZ,
    organization_id UUID NOT NULL
);

CREATE TABLE user_signups_quarter (
    bucket TIMESTAMPTZ NOT NULL,
    organization_id UUID NOT NULL,
    plan TEXT NOT NULL,
    signups BIGINT NOT NULL DEFAULT 0,
    -- Of those who signed up in this bucket, until now.
    verified BIGINT NOT NULL DEFAULT 0,
    -- In this bucket.
    deleted BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (bucket, organization_id, plan)
);

CREATE TABLE active_users_daily (
    day DATE NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id UUID NOT NULL,
    plan TEXT NOT NULL,
    events BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (day, user_id, organization_id)
);
CREATE INDEX active_users_daily_of_user ON active_users_daily (user_id, day DESC);

CREATE TABLE active_counts_daily (
    day DATE NOT NULL,
    organization_id UUID NOT NULL,
    dau BIGINT NOT NULL,
    wau BIGINT NOT NULL,
    mau BIGINT NOT NULL,
    PRIMARY KEY (day, organization_id)
);

CREATE TABLE user_usage_daily (
    day DATE NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id UUID NOT NULL,
    messages BIGINT NOT NULL DEFAULT 0,
    readings BIGINT NOT NULL DEFAULT 0,
    replies BIGINT NOT NULL DEFAULT 0,
    tokens BIGINT NOT NULL DEFAULT 0,
    cost_micro_usd BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (day, user_id, organization_id)
);
CREATE INDEX user_usage_daily_of_user ON user_usage_daily (user_id);

-- A reading counts as a message, and as a reply or a failure.
CREATE TABLE chat_activity_quarter (
    bucket TIMESTAMPTZ NOT NULL,
    organization_id UUID NOT NULL,
    messages BIGINT NOT NULL DEFAULT 0,
    replies BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    conversations BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (bucket, organization_id)
);

CREATE TABLE analytics_conversations (
    conversation_id UUID PRIMARY KEY,
    organization_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    messages BIGINT NOT NULL DEFAULT 0,
    last_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX analytics_conversations_in_order ON analytics_conversations (created_at);

CREATE TABLE tokens_by_plan_quarter (
    bucket TIMESTAMPTZ NOT NULL,
    organization_id UUID NOT NULL,
    plan TEXT NOT NULL,
    replies BIGINT NOT NULL DEFAULT 0,
    tokens_in BIGINT NOT NULL DEFAULT 0,
    tokens_out BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (bucket, organization_id, plan)
);

CREATE TABLE model_usage_quarter (
    bucket TIMESTAMPTZ NOT NULL,
    organization_id UUID NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    calls BIGINT NOT NULL DEFAULT 0,
    answered BIGINT NOT NULL DEFAULT 0,
    replies BIGINT NOT NULL DEFAULT 0,
    tokens_in BIGINT NOT NULL DEFAULT 0,
    tokens_out BIGINT NOT NULL DEFAULT 0,
    cost_micro_usd BIGINT NOT NULL DEFAULT 0,
    unknown_outcomes BIGINT NOT NULL DEFAULT 0,
    -- Calls that came to this model because another one had failed, and those that left it for another one.
    fallback_in BIGINT NOT NULL DEFAULT 0,
    fallback_out BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (bucket, organization_id, provider, model)
);

CREATE TABLE model_users_daily (
    day DATE NOT NULL,
    organization_id UUID NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (day, organization_id, provider, model, user_id)
);
CREATE INDEX model_users_daily_of_user ON model_users_daily (user_id);

CREATE TABLE provider_performance_quarter (
    bucket TIMESTAMPTZ NOT NULL,
    organization_id UUID NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    -- answered, timeout, rate_limited, server, refused, unusable, unknown
    kind TEXT NOT NULL,
    -- Until the first piece of the answer, or its end.
    phase TEXT NOT NULL CHECK (phase IN ('first', 'total')),
    -- ceil(ln(max(ms, 1)) / ln(1.1)), 150 at most.
    histogram SMALLINT NOT NULL,
    calls BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (bucket, organization_id, provider, model, kind, phase, histogram)
);

-- In the smallest unit of the currency, by the moment at which the money moved.
CREATE TABLE revenue_quarter (
    bucket TIMESTAMPTZ NOT NULL,
    organization_id UUID NOT NULL,
    currency TEXT NOT NULL,
    plan TEXT NOT NULL,
    gross BIGINT NOT NULL DEFAULT 0,
    refunded BIGINT NOT NULL DEFAULT 0,
    payments BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (bucket, organization_id, currency, plan)
);

-- What recurs a month, in the smallest unit of the currency: at a moment it is the sum of all movements before it.
CREATE TABLE mrr_movements_quarter (
    bucket TIMESTAMPTZ NOT NULL,
    organization_id UUID NOT NULL,
    currency TEXT NOT NULL,
    plan TEXT NOT NULL,
    -- new, expansion, contraction, churn, reactivation
    movement TEXT NOT NULL,
    delta BIGINT NOT NULL DEFAULT 0,
    customers BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (bucket, organization_id, currency, plan, movement)
);

CREATE TABLE analytics_customers (
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    organization_id UUID NOT NULL,
    currency TEXT NOT NULL,
    plan TEXT NOT NULL,
    -- 0 if it does not count now.
    mrr BIGINT NOT NULL DEFAULT 0,
    since TIMESTAMPTZ,
    first_paid_at TIMESTAMPTZ,
    paid_total BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, currency)
);

-- For reports of who paid, however long ago.
CREATE INDEX events_payments_booked ON events (occurred_at) WHERE name = 'payment.booked';
