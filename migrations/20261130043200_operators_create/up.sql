-- Persons who run the deployment, switches that they turn while it runs, and what they announce.
CREATE TABLE operators (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('admin', 'support', 'finance', 'auditor')),
    -- The operator who made them one; NULL: made by the command.
    made_by UUID REFERENCES users (id) ON DELETE SET NULL,
    made_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
CREATE INDEX operators_by_maker ON operators (made_by);

-- The keys, their types and defaults stand in the code (operators::switches).
CREATE TABLE system_settings (
    key TEXT PRIMARY KEY,
    value JSONB NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE banners (
    id UUID PRIMARY KEY,
    audience TEXT NOT NULL CHECK (audience IN ('everyone', 'mini_app', 'web')),
    text_en TEXT NOT NULL CHECK (length(text_en) BETWEEN 1 AND 1000),
    text_ru TEXT NOT NULL CHECK (length(text_ru) BETWEEN 1 AND 1000),
    text_zh TEXT NOT NULL CHECK (length(text_zh) BETWEEN 1 AND 1000),
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT banner_ends_after_it_starts CHECK (ends_at > starts_at)
);
CREATE INDEX banners_by_end ON banners (ends_at);
