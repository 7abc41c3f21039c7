-- Since when messages do not reach a person: they have blocked the bot, or their chat is gone.
ALTER TABLE users ADD COLUMN bot_blocked_at TIMESTAMPTZ;
