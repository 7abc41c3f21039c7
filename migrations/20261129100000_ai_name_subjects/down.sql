CREATE OR REPLACE FUNCTION paid_call_counts() RETURNS TRIGGER AS $$
DECLARE
    day DATE := (NEW.began_at AT TIME ZONE 'UTC')::DATE;
    reserved BIGINT := CASE WHEN NEW.cost_micro_usd IS NULL THEN NEW.reserved_micro_usd ELSE 0 END;
    spent BIGINT := COALESCE(NEW.cost_micro_usd, 0);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        reserved := reserved -
            CASE WHEN OLD.cost_micro_usd IS NULL THEN OLD.reserved_micro_usd ELSE 0 END;
        spent := spent - COALESCE(OLD.cost_micro_usd, 0);
    END IF;
    IF reserved = 0 AND spent = 0 THEN
        RETURN NULL;
    END IF;
    -- In one order everywhere: the deployment, the person.
    PERFORM ai_budget_add('all', day, reserved, spent);
    IF NEW.user_id IS NOT NULL THEN
        PERFORM ai_budget_add('user:' || NEW.user_id, day, reserved, spent);
    END IF;
    IF NEW.analysis_id IS NOT NULL AND spent <> 0 THEN
        PERFORM analysis_cost_sync(NEW.analysis_id);
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

-- Calls for other subjects were not told apart by their column.
UPDATE paid_calls SET subject_id = NULL WHERE subject_kind IS DISTINCT FROM 'analysis';
ALTER TABLE paid_calls DROP COLUMN subject_kind;
ALTER INDEX idx_paid_calls_subject RENAME TO idx_paid_calls_analysis;
ALTER TABLE paid_calls RENAME COLUMN subject_id TO analysis_id;
