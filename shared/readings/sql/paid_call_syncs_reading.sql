-- For the trigger paid_calls_sync_reading. A trigger, because ai knows no reading: the cost of a
-- reading follows every statement that settles one of its calls.
CREATE OR REPLACE FUNCTION paid_call_syncs_reading() RETURNS TRIGGER AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF COALESCE(NEW.cost_micro_usd, 0) <> 0 THEN
            PERFORM analysis_cost_sync(NEW.subject_id);
        END IF;
    ELSIF COALESCE(NEW.cost_micro_usd, 0) <> COALESCE(OLD.cost_micro_usd, 0) THEN
        PERFORM analysis_cost_sync(NEW.subject_id);
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;
