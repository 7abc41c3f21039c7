-- What was said, for the AI's memory (design document, section 3.2).
CREATE TYPE message_role AS ENUM ('user', 'assistant', 'system');

CREATE TABLE message_context (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id BIGINT NOT NULL,
    role message_role NOT NULL,
    content TEXT NOT NULL,
    metadata JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE INDEX idx_message_context_user_created ON message_context (user_id, created_at DESC);
