-- Accounts by e-mail: passwords, sessions that are renewed by a refresh token, links in letters, what is asked for an
-- address, and how often somebody has tried.
ALTER TABLE users
    ADD COLUMN phone TEXT CHECK (length(phone) <= 32),
    ADD COLUMN company TEXT CHECK (length(company) <= 255);

CREATE TABLE passwords (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- Argon2id in the PHC form, which names its parameters.
    hash TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE sessions (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Of the newest refresh token. Nothing of the token is stored: it is signed.
    generation INTEGER NOT NULL DEFAULT 1,
    -- When that one was made, and whether its access token was seen since.
    rotated_at TIMESTAMPTZ NOT NULL,
    used BOOLEAN NOT NULL DEFAULT FALSE,
    -- How the person was proved (RFC 8176), and when.
    method TEXT NOT NULL CHECK (method IN ('pwd', 'telegram')),
    proved_at TIMESTAMPTZ NOT NULL,
    user_agent TEXT,
    address INET,
    created_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    -- Without a renewal it ends at the first, with renewals at the second.
    idle_until TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    revoked_why TEXT,
    CONSTRAINT revoked_for_a_reason CHECK ((revoked_at IS NULL) = (revoked_why IS NULL))
);
CREATE INDEX sessions_of_person ON sessions (user_id, created_at);
CREATE INDEX sessions_by_end ON sessions (idle_until);

CREATE TABLE one_time_tokens (
    -- SHA-256 of the secret in the link.
    digest BYTEA PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'change_email', 'undo_email')),
    -- The address that it is about, as it is compared and as mail goes there.
    email_key TEXT NOT NULL,
    spelling TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX one_time_tokens_of_person ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens_by_end ON one_time_tokens (expires_at);

-- What is asked for an address. The request path does not look whether the address is known: a job does.
CREATE TABLE address_requests (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('register', 'forgot_password', 'resend_verification', 'change_email')),
    email_key TEXT NOT NULL,
    spelling TEXT NOT NULL,
    language_code TEXT NOT NULL,
    -- Who changes their address.
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    -- Of an account that is made once the address is proved.
    password_hash TEXT,
    name TEXT,
    phone TEXT,
    company TEXT,
    -- SHA-256 of the secret in the letter; NULL: no letter yet.
    digest BYTEA UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT registers_with_a_password CHECK ((kind = 'register') = (password_hash IS NOT NULL)),
    CONSTRAINT changes_of_somebody CHECK ((kind = 'change_email') = (user_id IS NOT NULL))
);
CREATE INDEX address_requests_by_address ON address_requests (email_key);
CREATE INDEX address_requests_of_person ON address_requests (user_id);
CREATE INDEX address_requests_by_age ON address_requests (created_at);

-- Tries to prove oneself, and letters asked for: of an address from a network, of an address, of a network; by keyed
-- hashes of these.
CREATE TABLE sign_in_attempts (
    subject BYTEA PRIMARY KEY,
    tries INTEGER NOT NULL DEFAULT 0,
    last_at TIMESTAMPTZ NOT NULL DEFAULT '-infinity'
);
CREATE INDEX sign_in_attempts_by_age ON sign_in_attempts (last_at);
