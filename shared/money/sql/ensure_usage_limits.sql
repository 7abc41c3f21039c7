-- Makes the usage row of a person if it is missing. Of two transactions at once the second waits for the
-- first. Nothing is made for a person who is deleted meanwhile.
CREATE OR REPLACE FUNCTION ensure_usage_limits(person UUID) RETURNS VOID AS $$
BEGIN
    PERFORM FROM usage_limits WHERE user_id = person;
    IF FOUND THEN
        RETURN;
    END IF;
    BEGIN
        INSERT INTO usage_limits (user_id, daily_limit_reset_at, monthly_limit_reset_at)
        SELECT id, next_reset('day', timezone, NULL, now()),
            next_reset('month', timezone, NULL, now())
        FROM users WHERE id = person
        ON CONFLICT (user_id) DO NOTHING;
    EXCEPTION WHEN foreign_key_violation THEN
        -- The deletion of the person was committed while we waited for it.
        NULL;
    END;
END;
$$ LANGUAGE plpgsql;
