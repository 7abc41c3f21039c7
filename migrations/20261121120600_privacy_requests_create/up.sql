-- What people asked about their data: a copy of it, or its end (design document, section 6.2).
CREATE TYPE privacy_request_kind AS ENUM ('export', 'deletion');
CREATE TYPE privacy_request_status AS ENUM ('pending', 'processing', 'completed', 'failed');

CREATE TABLE privacy_requests (
    id UUID PRIMARY KEY,
    user_id UUID REFERENCES users (id) ON DELETE SET NULL,
    kind privacy_request_kind NOT NULL,
    status privacy_request_status NOT NULL DEFAULT 'pending',
    error_code VARCHAR(4),
    -- Key of the archive in the bucket, until it expires.
    archive_key TEXT,
    archive_size_bytes BIGINT,
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    completed_at TIMESTAMPTZ
);

CREATE UNIQUE INDEX idx_privacy_requests_one_live ON privacy_requests (user_id, kind)
    WHERE status IN ('pending', 'processing');
CREATE INDEX idx_privacy_requests_user ON privacy_requests (user_id, created_at DESC);
CREATE INDEX idx_privacy_requests_expires_at ON privacy_requests (expires_at)
    WHERE archive_key IS NOT NULL;
