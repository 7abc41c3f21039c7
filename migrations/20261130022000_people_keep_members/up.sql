-- An organization is an account with members. It always has an owner: what changes members locks the account's row
-- first, and the trigger refuses, when the transaction ends, whatever has not.
CREATE TYPE member_role AS ENUM ('owner', 'admin', 'billing', 'member', 'viewer');

CREATE TABLE members (
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role member_role NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, user_id)
);
CREATE INDEX members_of_person ON members (user_id);

CREATE TABLE invitations (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- SHA-256 of the secret in the link. The secret itself is shown once.
    digest BYTEA NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    role member_role NOT NULL,
    -- The address that it is for, in the form that identities are compared by; NULL: for whoever has the link.
    address TEXT,
    -- As it was written: mail goes there.
    spelling TEXT,
    invited_by UUID REFERENCES users (id) ON DELETE SET NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    -- At most one of these: how it ended.
    accepted_at TIMESTAMPTZ,
    declined_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    CONSTRAINT invitation_ends_once CHECK (num_nonnulls(accepted_at, declined_at, revoked_at) <= 1),
    CONSTRAINT address_is_spelled CHECK ((address IS NULL) = (spelling IS NULL))
);
CREATE INDEX invitations_of_account ON invitations (account_id);
CREATE INDEX invitations_of_inviter ON invitations (invited_by);
CREATE UNIQUE INDEX one_open_invitation_an_address ON invitations (account_id, address)
    WHERE accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL;

CREATE FUNCTION organization_keeps_owner() RETURNS TRIGGER AS $$
BEGIN
    -- Of two transactions that each take away an owner the second waits here, and then sees what the first did.
    PERFORM FROM accounts WHERE id = OLD.account_id FOR NO KEY UPDATE;
    IF FOUND AND NOT EXISTS (SELECT FROM members WHERE account_id = OLD.account_id AND role = 'owner') THEN
        RAISE check_violation USING CONSTRAINT = 'organization_keeps_owner', TABLE = 'members',
            MESSAGE = 'an organization has an owner';
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE CONSTRAINT TRIGGER organization_keeps_owner AFTER DELETE OR UPDATE OF role ON members
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.role = 'owner')
    EXECUTE FUNCTION organization_keeps_owner();

CREATE TRIGGER update_members_updated_at BEFORE UPDATE ON members
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
