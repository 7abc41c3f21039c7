-- The last photo of a person whom the bot has asked for consent, for a day.
CREATE TABLE waiting_photos (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    chat_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    file_id TEXT NOT NULL,
    caption TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
