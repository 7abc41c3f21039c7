-- A person may have several ways in: an address is linked by a request that waits for its proof, a Telegram account by a
-- token that comes with /start. What Telegram's log-in widget has proved once is not taken again.
ALTER TABLE address_requests
    DROP CONSTRAINT address_requests_kind_check,
    DROP CONSTRAINT registers_with_a_password,
    DROP CONSTRAINT changes_of_somebody,
    ADD CONSTRAINT address_requests_kind_check CHECK (kind IN (
        'register', 'forgot_password', 'resend_verification', 'change_email', 'link_email')),
    ADD CONSTRAINT registers_with_a_password
        CHECK ((kind IN ('register', 'link_email')) = (password_hash IS NOT NULL)),
    ADD CONSTRAINT changes_of_somebody
        CHECK ((kind IN ('change_email', 'link_email')) = (user_id IS NOT NULL));

ALTER TABLE one_time_tokens
    DROP CONSTRAINT one_time_tokens_purpose_check,
    ADD CONSTRAINT one_time_tokens_purpose_check CHECK (purpose IN (
        'verify_email', 'reset_password', 'change_email', 'undo_email', 'sign_in', 'link_telegram')),
    -- Of a token that came with /start: who has sent it, and may press the button.
    ADD COLUMN claimed_by BIGINT;
CREATE INDEX one_time_tokens_claimed ON one_time_tokens (claimed_by) WHERE claimed_by IS NOT NULL;

CREATE TABLE spent_proofs (
    -- SHA-256 of the proof.
    digest BYTEA PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX spent_proofs_by_end ON spent_proofs (expires_at);
