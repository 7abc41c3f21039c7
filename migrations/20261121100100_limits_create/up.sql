-- How much of a plan a person has used (design document, section 3.2).
CREATE TYPE subscription_tier AS ENUM ('FREE', 'TRIAL', 'BASIC', 'ADVANCED', 'PREMIUM');

CREATE TABLE usage_limits (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    tier subscription_tier NOT NULL DEFAULT 'FREE',
    daily_analyses_used INTEGER NOT NULL DEFAULT 0 CHECK (daily_analyses_used >= 0),
    monthly_analyses_used INTEGER NOT NULL DEFAULT 0 CHECK (monthly_analyses_used >= 0),
    daily_limit_reset_at TIMESTAMPTZ NOT NULL,
    monthly_limit_reset_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TRIGGER update_usage_limits_updated_at BEFORE UPDATE ON usage_limits
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- The next local midnight, or the next local first of the month, as an instant.
CREATE FUNCTION next_local(unit TEXT, timezone TEXT) RETURNS TIMESTAMPTZ AS $$
    SELECT (date_trunc(unit, now() AT TIME ZONE timezone) + ('1 ' || unit)::INTERVAL)
        AT TIME ZONE timezone;
$$ LANGUAGE sql STABLE;
