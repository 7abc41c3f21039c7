-- Updates already handled: Telegram may deliver the same update_id again.
CREATE TABLE telegram_updates (
    update_id BIGINT PRIMARY KEY,
    received_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE INDEX idx_telegram_updates_received_at ON telegram_updates (received_at);
