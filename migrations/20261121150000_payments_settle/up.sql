-- What a payment has bought, and everything that vendors told us of it (docs/PAYMENTS.md).
ALTER TABLE payments
    -- The time that it paid for; none until it succeeded. It may lie ahead: what is bought while a
    -- plan runs comes after it.
    ADD COLUMN period_start TIMESTAMPTZ,
    ADD COLUMN period_end TIMESTAMPTZ,
    -- The order of which this is one more charge: an invoice can be paid twice.
    ADD COLUMN repeats UUID REFERENCES payments (id) ON DELETE SET NULL,
    -- When the person was told in their chat.
    ADD COLUMN told_at TIMESTAMPTZ,
    ADD CONSTRAINT a_period_has_both_ends
        CHECK ((period_start IS NULL) = (period_end IS NULL) AND period_start <= period_end);

CREATE INDEX idx_payments_repeats ON payments (repeats) WHERE repeats IS NOT NULL;

-- Finds those whose time is over.
CREATE INDEX idx_subscriptions_ending ON subscriptions (current_period_end)
    WHERE tier NOT IN ('FREE', 'TRIAL');
CREATE INDEX idx_subscriptions_trials ON subscriptions (trial_ends_at)
    WHERE tier = 'TRIAL' AND status = 'active';

-- What a vendor said, once for each charge and status: also what fits no payment of ours. Names
-- nobody; for money that cannot be matched the vendor's numbers are what an operator needs.
CREATE TABLE payment_events (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    provider payment_provider NOT NULL,
    -- The vendor's number of the charge, and its own word for what happened.
    external_id VARCHAR(255) NOT NULL,
    status VARCHAR(50) NOT NULL,
    -- What it says our order is; not a reference, for anything may stand there.
    order_id VARCHAR(255) NOT NULL,
    amount DECIMAL(20, 2) NOT NULL,
    currency VARCHAR(10) NOT NULL,
    -- What became of it: 'granted', 'returned', 'noted', 'mismatched', 'unknown', ...
    outcome VARCHAR(20) NOT NULL,
    seen INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    last_seen_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),

    UNIQUE (provider, external_id, status)
);

CREATE INDEX idx_payment_events_order ON payment_events (order_id);

-- The plan that a person reads by now. As before, but what was paid for of a lower plan counts again
-- in the moment in which the higher one ends.
CREATE OR REPLACE FUNCTION current_tier(person UUID) RETURNS subscription_tier AS $$
DECLARE
    plan RECORD;
BEGIN
    SELECT tier, current_period_end INTO plan FROM subscriptions WHERE user_id = person;
    IF NOT FOUND THEN
        RETURN 'FREE';
    ELSIF plan.tier IN ('FREE', 'TRIAL') OR plan.current_period_end > now() THEN
        RETURN plan.tier;
    END IF;
    RETURN COALESCE(
        (SELECT max(p.tier) FROM payments p
         WHERE p.user_id = person AND p.status = 'succeeded'
           AND p.period_start <= now() AND p.period_end > now()),
        'FREE');
END;
$$ LANGUAGE plpgsql STABLE;
