-- Words of a person that wait, for a day: for the reading that is under way, or for a press of the button that
-- has them answered.
CREATE TABLE waiting_words (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id BIGINT NOT NULL,
    words TEXT NOT NULL,
    -- The reading that they ask about; NULL: the next one.
    about_id UUID REFERENCES analysis_history (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, message_id)
);
CREATE INDEX idx_waiting_words_about ON waiting_words (about_id) WHERE about_id IS NOT NULL;
CREATE INDEX idx_waiting_words_created ON waiting_words (created_at);
