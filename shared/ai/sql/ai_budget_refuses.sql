-- Whether a call for so much may begin. Holds the rows of the budgets until the caller's transaction
-- ends, so of any number at once as many may as there is money for. NULL: it may; 'all' or 'user': that
-- budget is spent; 'held': it is not, but what is left is reserved for calls under way.
CREATE OR REPLACE FUNCTION ai_budget_refuses(
    person UUID, amount BIGINT, day_of TIMESTAMPTZ, limit_all BIGINT, limit_person BIGINT
) RETURNS TEXT AS $$
DECLARE
    day_now DATE := (day_of AT TIME ZONE 'UTC')::DATE;
    budget ai_budgets;
    held BOOLEAN := FALSE;
BEGIN
    -- That of the deployment first, as everywhere.
    IF COALESCE(limit_all, limit_person) IS NOT NULL THEN
        PERFORM ai_budget_add('all', day_now, 0, 0);
    END IF;
    IF limit_all IS NOT NULL THEN
        SELECT * FROM ai_budgets WHERE scope = 'all' AND day = day_now INTO budget;
        IF budget.spent_micro_usd + amount > limit_all THEN
            RETURN 'all';
        END IF;
        held := budget.spent_micro_usd + budget.reserved_micro_usd + amount > limit_all;
    END IF;
    IF limit_person IS NOT NULL AND person IS NOT NULL THEN
        PERFORM ai_budget_add('user:' || person, day_now, 0, 0);
        SELECT * FROM ai_budgets WHERE scope = 'user:' || person AND day = day_now INTO budget;
        IF budget.spent_micro_usd + amount > limit_person THEN
            RETURN 'user';
        END IF;
        held := held
            OR budget.spent_micro_usd + budget.reserved_micro_usd + amount > limit_person;
    END IF;
    IF held THEN
        RETURN 'held';
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;
