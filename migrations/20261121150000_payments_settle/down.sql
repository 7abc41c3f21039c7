CREATE OR REPLACE FUNCTION current_tier(person UUID) RETURNS subscription_tier AS $$
    SELECT COALESCE(
        (SELECT CASE WHEN tier IN ('FREE', 'TRIAL') OR current_period_end > now() THEN tier
                     ELSE 'FREE' END
         FROM subscriptions WHERE user_id = person),
        'FREE');
$$ LANGUAGE sql STABLE;
DROP TABLE payment_events;
DROP INDEX idx_subscriptions_trials;
DROP INDEX idx_subscriptions_ending;
ALTER TABLE payments
    DROP COLUMN period_start,
    DROP COLUMN period_end,
    DROP COLUMN repeats,
    DROP COLUMN told_at;
