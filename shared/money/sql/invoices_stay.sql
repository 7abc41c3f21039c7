-- An invoice that is issued stays as it is: what is wrong is put right by a credit note. Only its person and its buyer are
-- forgotten, when the law allows it.
CREATE OR REPLACE FUNCTION invoices_stay() RETURNS TRIGGER AS $$
DECLARE
    was CONSTANT JSONB := to_jsonb(OLD);
    becomes CONSTANT JSONB := to_jsonb(NEW);
BEGIN
    IF TG_OP = 'UPDATE'
        AND was - '{user_id,buyer}'::text[] = becomes - '{user_id,buyer}'::text[]
        AND becomes -> 'user_id' IN ('null', was -> 'user_id')
        AND becomes -> 'buyer' IN ('null', was -> 'buyer')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'invoices are added to, never changed: % of %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation';
END;
$$ LANGUAGE plpgsql;
