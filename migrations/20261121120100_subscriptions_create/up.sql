-- Who has which plan, until when (design document, section 3.2). No row: FREE.
CREATE TYPE subscription_status AS ENUM ('active', 'canceled', 'past_due', 'expired');

CREATE TABLE subscriptions (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    tier subscription_tier NOT NULL DEFAULT 'FREE',
    status subscription_status NOT NULL DEFAULT 'active',
    trial_used BOOLEAN NOT NULL DEFAULT FALSE,
    trial_ends_at TIMESTAMPTZ,
    current_period_start TIMESTAMPTZ,
    current_period_end TIMESTAMPTZ,
    cancel_at_period_end BOOLEAN NOT NULL DEFAULT FALSE,
    canceled_at TIMESTAMPTZ,
    metadata JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),

    CONSTRAINT trial_has_an_end CHECK (tier <> 'TRIAL' OR trial_ends_at IS NOT NULL),
    CONSTRAINT paid_has_an_end
        CHECK (tier IN ('FREE', 'TRIAL') OR current_period_end IS NOT NULL)
);

CREATE INDEX idx_subscriptions_status ON subscriptions (status);
CREATE INDEX idx_subscriptions_tier ON subscriptions (tier);

CREATE TRIGGER update_subscriptions_updated_at BEFORE UPDATE ON subscriptions
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- The plan that a person reads by now. A trial that is over is still a trial (it is told E303); a
-- paid period that is over is FREE again. (In plpgsql: a function in SQL is planned with each call.)
CREATE FUNCTION current_tier(person UUID) RETURNS subscription_tier AS $$
DECLARE
    plan RECORD;
BEGIN
    SELECT tier, current_period_end INTO plan FROM subscriptions WHERE user_id = person;
    IF NOT FOUND THEN
        RETURN 'FREE';
    ELSIF plan.tier IN ('FREE', 'TRIAL') OR plan.current_period_end > now() THEN
        RETURN plan.tier;
    END IF;
    RETURN 'FREE';
END;
$$ LANGUAGE plpgsql STABLE;

-- What was paid, or is to be (design document, section 3.2). The rows outlive the person: without
-- them, and without anything that names them.
CREATE TYPE payment_provider AS ENUM ('telegram_stars', 'sbp_tinkoff', 'cloudpayments');
CREATE TYPE payment_status AS ENUM ('pending', 'succeeded', 'failed', 'refunded', 'canceled');

CREATE TABLE payments (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    subscription_id UUID REFERENCES subscriptions (id) ON DELETE SET NULL,
    -- The vendor's number of it; NULL until the vendor has given one.
    external_id VARCHAR(255),
    provider payment_provider NOT NULL,
    amount DECIMAL(10, 2) NOT NULL CHECK (amount > 0),
    currency VARCHAR(3) NOT NULL DEFAULT 'RUB',
    status payment_status NOT NULL DEFAULT 'pending',
    metadata JSONB NOT NULL DEFAULT '{}',
    error_code VARCHAR(50),
    error_message TEXT,
    processed_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),

    -- The house's own.
    user_id UUID REFERENCES users (id) ON DELETE SET NULL,
    -- The plan that it is for.
    tier subscription_tier NOT NULL,

    UNIQUE (provider, external_id)
);

CREATE INDEX idx_payments_subscription_id ON payments (subscription_id);
CREATE INDEX idx_payments_user_id ON payments (user_id);
CREATE INDEX idx_payments_status ON payments (status);
CREATE INDEX idx_payments_created_at ON payments (created_at DESC);

CREATE TRIGGER update_payments_updated_at BEFORE UPDATE ON payments
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
