-- One reading, from the photo (or the words) to the delivered text (design document,
-- section 3.2). The columns below "the house's own" are additions of this implementation.
CREATE TYPE input_type AS ENUM ('image', 'text');
CREATE TYPE focus_area AS ENUM ('wellbeing', 'career', 'relationships', 'general');
CREATE TYPE analysis_status AS ENUM ('pending', 'processing', 'completed', 'failed');

CREATE TABLE analysis_history (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id BIGINT,
    input_type input_type NOT NULL,
    -- Key of the original photo in the bucket. A key and not an address: buckets move.
    image_url TEXT,
    image_size_bytes INTEGER,
    user_text TEXT,
    focus_area focus_area NOT NULL DEFAULT 'general',
    analysis JSONB NOT NULL DEFAULT '{}',
    model_used VARCHAR(100),
    processing_time_ms INTEGER,
    tokens_used INTEGER,
    cost_usd DECIMAL(10, 6),
    user_rating SMALLINT CHECK (user_rating BETWEEN 1 AND 5),
    feedback_text TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),

    -- The house's own.
    status analysis_status NOT NULL DEFAULT 'pending',
    error_code VARCHAR(4),
    attempts INTEGER NOT NULL DEFAULT 0,
    completed_at TIMESTAMPTZ,
    -- The Telegram chat the photo came from; NULL when it came through the API.
    chat_id BIGINT,
    -- Results of the steps, in their order.
    source_file_id TEXT,
    processed_key TEXT,
    vision JSONB,
    delivery_message_ids BIGINT[] NOT NULL DEFAULT '{}',
    delivered_at TIMESTAMPTZ,

    CONSTRAINT completed_means_read
        CHECK (status <> 'completed' OR (analysis ? 'intro' AND completed_at IS NOT NULL)),
    CONSTRAINT failed_means_why
        CHECK (status <> 'failed' OR error_code IS NOT NULL),
    CONSTRAINT input_is_there
        CHECK (CASE input_type WHEN 'text' THEN user_text IS NOT NULL
                               ELSE image_url IS NOT NULL OR source_file_id IS NOT NULL END)
);

-- (user_id, created_at) serves look-ups by user_id alone as well.
CREATE INDEX idx_analysis_user_created ON analysis_history (user_id, created_at DESC);
CREATE INDEX idx_analysis_created_at ON analysis_history (created_at DESC);
CREATE INDEX idx_analysis_focus_area ON analysis_history (focus_area);
CREATE INDEX idx_analysis_rating ON analysis_history (user_rating) WHERE user_rating IS NOT NULL;
