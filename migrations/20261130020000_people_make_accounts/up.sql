-- An account owns and pays: meters, keys, readings. Each person has a personal account with the person's own id;
-- an organization is an account with members. An identity is a way in: a Telegram account, an e-mail address.
CREATE TYPE account_kind AS ENUM ('personal', 'organization');

CREATE TABLE accounts (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    kind account_kind NOT NULL,
    -- Of a personal account: its person, whose id it has.
    user_id UUID UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    -- Of an organization.
    name TEXT CHECK (length(name) BETWEEN 1 AND 100),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT is_of_its_person CHECK ((kind = 'personal') = (user_id IS NOT NULL AND user_id = id)),
    CONSTRAINT organization_has_a_name CHECK ((kind = 'organization') = (name IS NOT NULL))
);

CREATE TABLE identities (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider TEXT NOT NULL CHECK (provider IN ('telegram', 'email')),
    -- The name of the person there, in the one form that is compared: a Telegram id in decimal digits, a
    -- normalised address.
    subject TEXT NOT NULL,
    -- As the person wrote it: mail goes there.
    spelling TEXT,
    -- When it was proved; NULL: not yet.
    verified_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (provider, subject),
    -- One of each kind.
    UNIQUE (user_id, provider)
);

-- A person who came by e-mail alone has no Telegram account.
ALTER TABLE users ALTER COLUMN telegram_id DROP NOT NULL;

INSERT INTO accounts (id, kind, user_id, created_at)
SELECT id, 'personal', id, created_at FROM users;

INSERT INTO identities (user_id, provider, subject, verified_at, created_at)
SELECT id, 'telegram', telegram_id::text, created_at, created_at FROM users;

-- Whatever makes a person (a release before this one does, too), makes their account; and the column telegram_id, which
-- Telegram's updates are found by, is an identity like the others.
CREATE FUNCTION person_gets_account() RETURNS TRIGGER AS $$
BEGIN
    INSERT INTO accounts (id, kind, user_id) VALUES (NEW.id, 'personal', NEW.id);
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER person_gets_account AFTER INSERT ON users
    FOR EACH ROW EXECUTE FUNCTION person_gets_account();

CREATE FUNCTION person_keeps_telegram() RETURNS TRIGGER AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM identities WHERE user_id = NEW.id AND provider = 'telegram';
    END IF;
    IF NEW.telegram_id IS NOT NULL THEN
        INSERT INTO identities (user_id, provider, subject, verified_at)
        VALUES (NEW.id, 'telegram', NEW.telegram_id::text, now());
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER person_keeps_telegram AFTER INSERT ON users
    FOR EACH ROW EXECUTE FUNCTION person_keeps_telegram();

CREATE TRIGGER person_changes_telegram AFTER UPDATE OF telegram_id ON users
    FOR EACH ROW WHEN (OLD.telegram_id IS DISTINCT FROM NEW.telegram_id)
    EXECUTE FUNCTION person_keeps_telegram();

CREATE TRIGGER update_accounts_updated_at BEFORE UPDATE ON accounts
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
