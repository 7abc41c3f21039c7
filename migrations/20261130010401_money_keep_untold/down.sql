ALTER TABLE subscriptions DROP COLUMN end_missed_of;
ALTER TABLE payments DROP COLUMN end_missed_at;
