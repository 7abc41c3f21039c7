-- What people write to the operators after /paysupport, and the answer. Closed ones are kept for a year.
CREATE TABLE support_requests (
    id UUID PRIMARY KEY,
    -- By which the person and the operators name it.
    number BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    chat_id BIGINT NOT NULL,
    words TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    answer TEXT,
    -- With the answer, or without one.
    closed_at TIMESTAMPTZ,
    -- When the answer reached the chat.
    answer_sent_at TIMESTAMPTZ,
    CHECK (answer IS NULL OR closed_at IS NOT NULL)
);
CREATE INDEX idx_support_requests_user ON support_requests (user_id);
CREATE INDEX idx_support_requests_open ON support_requests (number) WHERE closed_at IS NULL;
CREATE INDEX idx_support_requests_closed ON support_requests (closed_at);
