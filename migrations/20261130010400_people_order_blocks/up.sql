-- The newest block or return of a person, by Telegram's clock and number: Telegram may bring an older one later, which
-- then changes nothing.
ALTER TABLE users
    ADD COLUMN heard_at TIMESTAMPTZ,
    ADD COLUMN heard_update_id BIGINT;
