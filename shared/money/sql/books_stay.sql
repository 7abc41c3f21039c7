-- Refuses every change of the books: a mistake is undone by an entry of its own.
CREATE OR REPLACE FUNCTION books_stay() RETURNS TRIGGER AS $$
BEGIN
    RAISE EXCEPTION 'the books are added to, never changed: % of %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation';
END;
$$ LANGUAGE plpgsql;
