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
    RETURN 'FREE';
END;
$$ LANGUAGE plpgsql STABLE;
DROP TABLE payment_events;
DROP INDEX idx_subscriptions_trials;
DROP INDEX idx_subscriptions_ending;
ALTER TABLE payments
    DROP COLUMN period_start,
    DROP COLUMN period_end,
    DROP COLUMN repeats,
    DROP COLUMN told_at;
