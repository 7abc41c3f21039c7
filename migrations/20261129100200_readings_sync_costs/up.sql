-- What a reading cost, from the paid calls whose subject it is. A reading that another transaction holds
-- is left to the chore that settles calls: that an answer is paid for is recorded without waiting.
CREATE OR REPLACE FUNCTION analysis_cost_sync(of_analysis UUID) RETURNS VOID AS $$
    UPDATE analysis_history SET cost_usd = calls.cost_usd
    FROM (SELECT sum(cost_micro_usd) / 1000000.0 AS cost_usd
          FROM paid_calls WHERE subject_kind = 'analysis' AND subject_id = of_analysis) AS calls
    WHERE analysis_history.cost_usd IS DISTINCT FROM calls.cost_usd AND id = (
        SELECT id FROM analysis_history WHERE id = of_analysis FOR NO KEY UPDATE SKIP LOCKED);
$$ LANGUAGE sql;

CREATE FUNCTION paid_call_syncs_reading() RETURNS TRIGGER AS $$
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

-- Triggers fire in the order of their names: after paid_calls_count, which locks the budgets.
CREATE TRIGGER paid_calls_sync_reading AFTER INSERT OR UPDATE OF cost_micro_usd, state ON paid_calls
    FOR EACH ROW WHEN (NEW.subject_kind = 'analysis' AND NEW.subject_id IS NOT NULL)
    EXECUTE FUNCTION paid_call_syncs_reading();
