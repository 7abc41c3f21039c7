DROP TRIGGER paid_calls_count ON paid_calls;
DROP TRIGGER paid_calls_settle ON paid_calls;
DROP FUNCTION ai_budget_refuses(UUID, BIGINT, TIMESTAMPTZ, BIGINT, BIGINT);
DROP FUNCTION paid_call_counts();
DROP FUNCTION paid_call_settles();
DROP FUNCTION analysis_cost_sync(UUID);
DROP FUNCTION ai_budget_add(TEXT, DATE, BIGINT, BIGINT);
DROP TABLE ai_budgets;
ALTER TABLE paid_calls
    DROP CONSTRAINT what_ended_is_settled,
    DROP COLUMN analysis_id,
    DROP COLUMN user_id,
    DROP COLUMN step,
    DROP COLUMN model,
    DROP COLUMN reserved_micro_usd,
    DROP COLUMN cost_micro_usd,
    DROP COLUMN cost_source,
    DROP COLUMN input_tokens,
    DROP COLUMN output_tokens;
DROP INDEX idx_paid_calls_open, idx_paid_calls_began;
DROP TYPE cost_source;

CREATE OR REPLACE FUNCTION next_revision() RETURNS TRIGGER AS $$
BEGIN
    NEW.revision = OLD.revision + 1;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
