-- What a reading cost, from the paid calls whose subject it is. A reading that another transaction holds
-- is left to the chore that settles calls: that an answer is paid for is recorded without waiting.
CREATE OR REPLACE FUNCTION analysis_cost_sync(of_analysis UUID) RETURNS VOID AS $$
    UPDATE analysis_history SET cost_usd = calls.cost_usd
    FROM (SELECT sum(cost_micro_usd) / 1000000.0 AS cost_usd
          FROM paid_calls WHERE subject_kind = 'analysis' AND subject_id = of_analysis) AS calls
    WHERE analysis_history.cost_usd IS DISTINCT FROM calls.cost_usd AND id = (
        SELECT id FROM analysis_history WHERE id = of_analysis FOR NO KEY UPDATE SKIP LOCKED);
$$ LANGUAGE sql;
