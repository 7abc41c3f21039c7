-- For the trigger of members. An organization always has an owner: checked when the transaction ends.
CREATE OR REPLACE FUNCTION organization_keeps_owner() RETURNS TRIGGER AS $$
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
