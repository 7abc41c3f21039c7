-- The column telegram_id, which Telegram's updates are found by, is an identity like the others.
CREATE OR REPLACE FUNCTION person_keeps_telegram() RETURNS TRIGGER AS $$
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
