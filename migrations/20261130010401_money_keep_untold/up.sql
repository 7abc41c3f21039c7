-- When a person could not be reached with the news that a payment was refused or its money went back.
ALTER TABLE payments ADD COLUMN end_missed_at TIMESTAMPTZ;
-- The paid plan whose end a person could not be reached with.
ALTER TABLE subscriptions ADD COLUMN end_missed_of subscription_tier;
