-- Forgets what models were asked and have answered; that a call was made and paid for stays. An open call is
-- closed, so that its answer cannot be stored, and settled at the reserved cost.
CREATE OR REPLACE FUNCTION paid_calls_forget(ids uuid[]) RETURNS void LANGUAGE sql AS $$
    UPDATE paid_calls SET error = NULL, ended_at = COALESCE(ended_at, now()), subject_id = NULL,
        cost_micro_usd = COALESCE(cost_micro_usd, reserved_micro_usd),
        cost_source = CASE WHEN cost_micro_usd IS NULL THEN 'reserved' ELSE cost_source END,
        answer = CASE WHEN state = 'answered' THEN 'null'::jsonb END,
        state = CASE WHEN state IN ('intent', 'unknown') THEN 'useless' ELSE state END
    WHERE id = ANY (ids)
$$;
