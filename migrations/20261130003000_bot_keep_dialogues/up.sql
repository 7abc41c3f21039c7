-- What the bot expects of a person next, for a day: one choice, the last.
CREATE TABLE dialogues (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- `Expects` of shared/bot/src/dialogue.rs.
    expects JSONB NOT NULL,
    chosen_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_dialogues_chosen ON dialogues (chosen_at);
