-- The outbox by the name that the design documents have for it.
CREATE OR REPLACE VIEW analytics_events AS
SELECT id, name, version, occurred_at, tx, seq, user_id, account_id, data FROM events;
