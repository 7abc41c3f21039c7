-- Second factors: codes of an app (RFC 6238) and recovery codes; and when a session has last proved one.
CREATE TABLE totp_secrets (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- Sealed with the key of this id, which stands in no table.
    key_id TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    -- The step of the newest code that was used: none is good twice, nor one before it.
    last_step BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL,
    -- NULL: not in use yet, because no code has shown that an app has the secret.
    confirmed_at TIMESTAMPTZ
);

CREATE TABLE recovery_codes (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of the code, which has 80 random bits. A code that was used has no row.
    digest BYTEA NOT NULL,
    PRIMARY KEY (user_id, digest)
);

ALTER TABLE sessions
    -- When a second factor was last proved, and which (RFC 8176).
    ADD COLUMN second_at TIMESTAMPTZ,
    ADD COLUMN second_method TEXT CHECK (second_method IN ('otp', 'hwk')),
    ADD CONSTRAINT second_proof_by_a_method CHECK ((second_at IS NULL) = (second_method IS NULL));

-- Whether members can act only in sessions that have proved a second factor.
ALTER TABLE accounts ADD COLUMN require_second_factor BOOLEAN NOT NULL DEFAULT FALSE;

-- Sign-ins that wait for a second factor live and end as links do.
ALTER TABLE one_time_tokens DROP CONSTRAINT one_time_tokens_purpose_check;
ALTER TABLE one_time_tokens ADD CONSTRAINT one_time_tokens_purpose_check CHECK (purpose IN (
    'verify_email', 'reset_password', 'change_email', 'undo_email', 'sign_in'));
