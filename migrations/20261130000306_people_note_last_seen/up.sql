-- To the day: when a person last came, by the bot, the Mini App or a service.
ALTER TABLE users ADD COLUMN last_seen_at TIMESTAMPTZ;
