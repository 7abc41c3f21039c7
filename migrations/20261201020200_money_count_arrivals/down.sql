ALTER TABLE webhook_inbox DROP COLUMN arrivals;
