-- Updates already handled: Telegram may deliver the same update_id again. Each bot counts its own.
CREATE TABLE telegram_updates (
    bot_id BIGINT NOT NULL,
    update_id BIGINT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    PRIMARY KEY (bot_id, update_id)
);

CREATE INDEX idx_telegram_updates_received_at ON telegram_updates (received_at);
