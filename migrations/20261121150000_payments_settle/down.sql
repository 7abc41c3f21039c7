DROP TABLE payment_events;
DROP INDEX idx_subscriptions_trials;
DROP INDEX idx_subscriptions_ending;
ALTER TABLE payments
    DROP COLUMN period_start,
    DROP COLUMN period_end,
    DROP COLUMN repeats,
    DROP COLUMN told_at;
