-- Makes the meter of an account's unit if it is missing. Of two transactions at once the second waits for the first.
-- Nothing is made for an account that is deleted meanwhile. An organization's clock is UTC.
CREATE OR REPLACE FUNCTION ensure_meter(account UUID, of_unit TEXT) RETURNS VOID AS $$
BEGIN
    PERFORM FROM meters WHERE account_id = account AND unit = of_unit;
    IF FOUND THEN
        RETURN;
    END IF;
    BEGIN
        INSERT INTO meters (account_id, unit, day_ends_at, month_ends_at)
        SELECT accounts.id, of_unit, next_reset('day', COALESCE(timezone, 'UTC'), NULL, now()),
            next_reset('month', COALESCE(timezone, 'UTC'), NULL, now())
        FROM accounts LEFT JOIN users ON users.id = accounts.user_id WHERE accounts.id = account
        ON CONFLICT (account_id, unit) DO NOTHING;
    EXCEPTION WHEN foreign_key_violation THEN
        -- The deletion of the account was committed while we waited for it.
        NULL;
    END;
END;
$$ LANGUAGE plpgsql;
