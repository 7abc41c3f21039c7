-- Adds to the sums of a day, and locks their row until the caller's transaction ends.
CREATE OR REPLACE FUNCTION ai_budget_add(
    of_scope TEXT, of_day DATE, more_reserved BIGINT, more_spent BIGINT
) RETURNS VOID AS $$
    INSERT INTO ai_budgets (scope, day, reserved_micro_usd, spent_micro_usd)
    VALUES (of_scope, of_day, more_reserved, more_spent)
    ON CONFLICT (day, scope) DO UPDATE SET
        reserved_micro_usd = ai_budgets.reserved_micro_usd + more_reserved,
        spent_micro_usd = ai_budgets.spent_micro_usd + more_spent;
$$ LANGUAGE sql;
