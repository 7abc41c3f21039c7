-- The plan that a person's readings count against by now: the highest that is paid for, or given by an
-- operator; else their trial, also one that is over (its refusal is E303); else FREE. The rule is
-- money::subscriptions::rules::by_now. It stands here as well because take_units needs it in one round trip with
-- the lock of the meter; shared/product/tests/database/tiers.rs compares the two. (In plpgsql: a function in
-- SQL is planned with each call.)
CREATE OR REPLACE FUNCTION current_tier(person UUID) RETURNS subscription_tier AS $$
DECLARE
    plan RECORD;
    bought subscription_tier;
BEGIN
    SELECT tier, tier NOT IN ('FREE', 'TRIAL') AND current_period_end > now() AS is_paid
    INTO plan FROM subscriptions WHERE user_id = person;
    SELECT max(tier) INTO bought FROM payments
    WHERE user_id = person AND status = 'succeeded'
      AND period_start <= now() AND period_end > now();
    RETURN CASE
        WHEN plan.is_paid THEN GREATEST(plan.tier, bought)
        WHEN bought IS NOT NULL THEN bought
        WHEN plan.tier = 'TRIAL' THEN 'TRIAL'
        ELSE 'FREE' END;
END;
$$ LANGUAGE plpgsql STABLE;
