-- What calls cost, in millionths of a dollar: reserved before a call, settled after it
-- (shared/src/jobs/journal.rs). The sums are kept by triggers in the transaction of the call's own row,
-- whatever dies.
CREATE TYPE cost_source AS ENUM (
    'reported', -- as the provider says
    'priced',   -- its tokens, by the catalogue's price
    'reserved', -- nobody knows: what was reserved; looked at by an operator
    'free'      -- nothing is owed
);

ALTER TABLE paid_calls
    -- No foreign keys: money is remembered for longer than readings and people.
    ADD COLUMN analysis_id UUID,
    ADD COLUMN user_id UUID,
    ADD COLUMN step TEXT,
    ADD COLUMN model TEXT,
    ADD COLUMN reserved_micro_usd BIGINT NOT NULL DEFAULT 0 CHECK (reserved_micro_usd >= 0),
    ADD COLUMN cost_micro_usd BIGINT CHECK (cost_micro_usd >= 0),
    ADD COLUMN cost_source cost_source,
    ADD COLUMN input_tokens INTEGER,
    ADD COLUMN output_tokens INTEGER;

-- Calls of before were not counted.
UPDATE paid_calls SET cost_micro_usd = 0 WHERE state <> 'intent';
ALTER TABLE paid_calls
    ADD CONSTRAINT what_ended_is_settled CHECK ((state = 'intent') = (cost_micro_usd IS NULL));

CREATE INDEX idx_paid_calls_user ON paid_calls (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX idx_paid_calls_analysis ON paid_calls (analysis_id) WHERE analysis_id IS NOT NULL;
CREATE INDEX idx_paid_calls_open ON paid_calls (began_at) WHERE state = 'intent';
CREATE INDEX idx_paid_calls_began ON paid_calls (began_at);

-- Answers of before have another form: what was JSON inside is text now.
UPDATE paid_calls SET answer = jsonb_build_object(
    'text', (answer -> 'content')::text, 'model', answer ->> 'model', 'finish', 'stop',
    'usage', NULL)
WHERE answer ? 'content';

-- The money of a day (UTC, by when a call began): scope 'all', and 'user:<id>'.
CREATE TABLE ai_budgets (
    scope TEXT NOT NULL,
    day DATE NOT NULL,
    -- Of calls that are under way.
    reserved_micro_usd BIGINT NOT NULL DEFAULT 0,
    spent_micro_usd BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (day, scope)
);

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

CREATE FUNCTION ai_budget_add(
    of_scope TEXT, of_day DATE, more_reserved BIGINT, more_spent BIGINT
) RETURNS VOID AS $$
    INSERT INTO ai_budgets (scope, day, reserved_micro_usd, spent_micro_usd)
    VALUES (of_scope, of_day, more_reserved, more_spent)
    ON CONFLICT (day, scope) DO UPDATE SET
        reserved_micro_usd = ai_budgets.reserved_micro_usd + more_reserved,
        spent_micro_usd = ai_budgets.spent_micro_usd + more_spent;
$$ LANGUAGE sql;

-- What a reading cost, from its calls. One that somebody holds is left to the chore that settles calls:
-- that an answer is paid for is written down without waiting for anything.
CREATE FUNCTION analysis_cost_sync(of_analysis UUID) RETURNS VOID AS $$
    UPDATE analysis_history SET cost_usd = calls.cost_usd
    FROM (SELECT sum(cost_micro_usd) / 1000000.0 AS cost_usd
          FROM paid_calls WHERE analysis_id = of_analysis) AS calls
    WHERE analysis_history.cost_usd IS DISTINCT FROM calls.cost_usd AND id = (
        SELECT id FROM analysis_history WHERE id = of_analysis FOR NO KEY UPDATE SKIP LOCKED);
$$ LANGUAGE sql;

-- Nobody who waits for a reading is told that it cost more, or that nothing has changed.
CREATE OR REPLACE FUNCTION next_revision() RETURNS TRIGGER AS $$
BEGIN
    OLD.cost_usd = NEW.cost_usd;
    IF OLD IS DISTINCT FROM NEW THEN
        NEW.revision = OLD.revision + 1;
    END IF;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE FUNCTION paid_call_counts() RETURNS TRIGGER AS $$
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

CREATE TRIGGER paid_calls_count AFTER INSERT OR UPDATE OF cost_micro_usd, reserved_micro_usd, state
    ON paid_calls FOR EACH ROW EXECUTE FUNCTION paid_call_counts();

-- Whether a call for so much may begin. Holds the rows of the budgets until the caller's transaction
-- ends, so of any number at once as many may as there is money for. NULL: it may; 'all' or 'user': that
-- budget is spent; 'held': it is not, but what is left is reserved for calls under way.
CREATE FUNCTION ai_budget_refuses(
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
