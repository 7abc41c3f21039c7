-- A new person gets their account, with their own id, whatever made them.
CREATE OR REPLACE FUNCTION person_gets_account() RETURNS TRIGGER AS $$
BEGIN
    INSERT INTO accounts (id, kind, user_id) VALUES (NEW.id, 'personal', NEW.id);
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;
