-- Subscriptions that renew. A renewal is one more payment, whose window begins where the old one ends: it is charged to a means
-- of payment that the vendor keeps. Processes of the previous release know none of this; their rows are of single months.
ALTER TABLE payments
    -- Whether its person wants the plan to be renewed after it.
    ADD COLUMN renew BOOLEAN NOT NULL DEFAULT FALSE,
    -- What we charge ourselves; NULL: the person pays it at a page.
    ADD COLUMN charge TEXT CHECK (charge IN ('renewal', 'upgrade')),
    -- The window that a charge is to buy.
    ADD COLUMN planned_from TIMESTAMPTZ,
    ADD COLUMN planned_until TIMESTAMPTZ,
    ADD CONSTRAINT payments_charges_are_planned
        CHECK (charge IS NULL OR planned_from < planned_until);
-- Of one person one charge is underway. Money that comes for one that was given up is granted all the same: a period may
-- have two, and the second one buys the next month.
CREATE UNIQUE INDEX payments_charge_underway ON payments (user_id) WHERE charge IS NOT NULL AND status = 'pending';

-- Means of payment that vendors keep.
CREATE TABLE payment_methods (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider payment_provider NOT NULL,
    -- The vendor's token, sealed with the key of this id, and its digest, by which the same one is known.
    key_id TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    label TEXT NOT NULL,
    expires_on DATE,
    is_default BOOLEAN NOT NULL DEFAULT FALSE,
    -- The payment that it came with.
    payment_id UUID NOT NULL REFERENCES payments (id),
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (user_id, provider, digest)
);
CREATE INDEX payment_methods_of_payment ON payment_methods (payment_id);
CREATE UNIQUE INDEX payment_methods_default ON payment_methods (user_id) WHERE is_default;

CREATE TABLE renewals (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- The order that it began with.
    order_id UUID NOT NULL REFERENCES payments (id),
    provider payment_provider NOT NULL,
    -- Of the next period. The sum was agreed, so it stays when a price changes.
    tier subscription_tier NOT NULL,
    amount DECIMAL(20, 2) NOT NULL,
    currency VARCHAR(10) NOT NULL,
    -- NULL: the vendor renews by itself, or the means of payment was removed.
    method_id UUID REFERENCES payment_methods (id) ON DELETE SET NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'past_due', 'paused', 'canceled', 'ended')),
    -- The day of the month on which periods begin, in UTC: 31 is the last one.
    anchor_day SMALLINT NOT NULL CHECK (anchor_day BETWEEN 1 AND 31),
    paid_until TIMESTAMPTZ NOT NULL,
    -- When it is looked at next.
    next_at TIMESTAMPTZ,
    -- Refusals of this period, and the first of them.
    tries SMALLINT NOT NULL DEFAULT 0,
    refused_at TIMESTAMPTZ,
    -- How long the plan is kept although the next period is not paid.
    access_until TIMESTAMPTZ,
    paused_until TIMESTAMPTZ,
    -- The charge whose end is not known yet.
    underway UUID REFERENCES payments (id),
    -- What another plan would cost from that moment on.
    quote_id UUID,
    quote_tier subscription_tier,
    quote_amount DECIMAL(20, 2),
    quote_at TIMESTAMPTZ
);
CREATE INDEX renewals_due ON renewals (next_at);
CREATE INDEX renewals_of_method ON renewals (method_id);
CREATE INDEX renewals_of_order ON renewals (order_id);
CREATE INDEX renewals_of_charge ON renewals (underway);

-- What has happened to a person's plan.
CREATE TABLE subscription_history (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    action TEXT NOT NULL,
    -- Who did it, as in the audit log.
    actor TEXT NOT NULL,
    from_tier subscription_tier NOT NULL,
    to_tier subscription_tier NOT NULL,
    ends_at TIMESTAMPTZ,
    payment_id UUID REFERENCES payments (id) ON DELETE SET NULL,
    happened_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX subscription_history_of_person ON subscription_history (user_id, id);
CREATE INDEX subscription_history_of_payment ON subscription_history (payment_id);

-- What vendors have still to be told: that they forget a means of payment, or that what they renew by themselves stops or
-- goes on. It outlives the person, because the vendor is to forget them as well.
CREATE TABLE vendor_requests (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    provider payment_provider NOT NULL,
    -- Whom the means of payment was kept for, and its token, sealed.
    person UUID,
    key_id TEXT,
    sealed BYTEA,
    -- The charge that began what the vendor renews, and who pays it.
    charge VARCHAR(255),
    payer BIGINT,
    renews BOOLEAN NOT NULL DEFAULT FALSE,
    due_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK ((sealed IS NULL) <> (charge IS NULL))
);
CREATE INDEX vendor_requests_due ON vendor_requests (due_at);
