-- Pictures of readings that their persons show to others. The id is the address, and random: no one else can know
-- it. Ended ones are kept for a day, for the count of a day.
CREATE TABLE shared_cards (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    analysis_id UUID NOT NULL REFERENCES analysis_history (id) ON DELETE CASCADE,
    -- Of the request with an Idempotency-Key that made it: the same one makes no other.
    request BYTEA,
    -- The message with it that Telegram has stored for the person to send, and until when.
    prepared_id TEXT,
    prepared_until TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_shared_cards_user ON shared_cards (user_id, created_at);
CREATE INDEX idx_shared_cards_analysis ON shared_cards (analysis_id);
CREATE INDEX idx_shared_cards_expires ON shared_cards (expires_at);
