-- Passkeys (WebAuthn, level 3): what is left of a registration, by which later signatures are checked.
CREATE TABLE passkeys (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- As the authenticator has named it.
    credential_id BYTEA NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 1 AND 1023),
    -- As a COSE key (RFC 9052), as it came.
    public_key BYTEA NOT NULL CHECK (length(public_key) <= 2048),
    -- Of the newest signature; 0: the authenticator does not count.
    sign_count BIGINT NOT NULL CHECK (sign_count BETWEEN 0 AND 4294967295),
    -- Whether it may be copied to other devices of its person, and was.
    backup_eligible BOOLEAN NOT NULL,
    backed_up BOOLEAN NOT NULL,
    transports TEXT[] NOT NULL CHECK (cardinality(transports) <= 10),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- The model of the authenticator; zeros: it does not say.
    aaguid UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    CONSTRAINT backed_up_if_it_may_be CHECK (backup_eligible OR NOT backed_up)
);
CREATE INDEX passkeys_of_person ON passkeys (user_id, created_at);

-- A session may begin by a passkey, which is a second factor at once.
ALTER TABLE sessions
    DROP CONSTRAINT sessions_method_check,
    ADD CONSTRAINT sessions_method_check CHECK (method IN ('pwd', 'telegram', 'pop')),
    DROP CONSTRAINT sessions_second_method_check,
    ADD CONSTRAINT sessions_second_method_check CHECK (second_method IN ('otp', 'hwk', 'pop'));
