-- The release before it does without.
CREATE FUNCTION paid_call_settles() RETURNS TRIGGER AS $$
BEGIN
    -- However a call ends, it is not for nothing by being forgotten.
    IF NEW.state <> 'intent' AND NEW.cost_micro_usd IS NULL THEN
        NEW.cost_micro_usd := NEW.reserved_micro_usd;
        NEW.cost_source := 'reserved';
    END IF;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER paid_calls_settle BEFORE INSERT OR UPDATE ON paid_calls
    FOR EACH ROW EXECUTE FUNCTION paid_call_settles();
