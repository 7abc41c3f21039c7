DROP TRIGGER paid_calls_sync_reading ON paid_calls;
DROP FUNCTION paid_call_syncs_reading();
DROP FUNCTION analysis_cost_sync(UUID);
-- As before, but in plpgsql, which looks names up when it runs: the column gets its old name back later.
CREATE FUNCTION analysis_cost_sync(of_analysis UUID) RETURNS VOID AS $$
BEGIN
    UPDATE analysis_history SET cost_usd = calls.cost_usd
    FROM (SELECT sum(cost_micro_usd) / 1000000.0 AS cost_usd
          FROM paid_calls WHERE analysis_id = of_analysis) AS calls
    WHERE analysis_history.cost_usd IS DISTINCT FROM calls.cost_usd AND id = (
        SELECT id FROM analysis_history WHERE id = of_analysis FOR NO KEY UPDATE SKIP LOCKED);
END;
$$ LANGUAGE plpgsql;
