-- The sums of the budgets, for the trigger paid_calls_count. A trigger, because the sums have to follow
-- every writer of a call, whatever dies: its worker, one that has lost its lease, the chore, the erasure
-- of a person. It changes no row of the statement.
--
-- What a subject costs is kept by a trigger of the feature that owns it; the names of such triggers sort
-- after this one's, so that the budgets are locked first.
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
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;
