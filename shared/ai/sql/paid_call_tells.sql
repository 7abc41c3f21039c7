-- Tells each outcome of a paid call, for the trigger paid_calls_tell. A trigger, because several statements record
-- outcomes, and processes of an earlier release do. An outcome may be corrected (a late answer, an unusable one): then the
-- event has what it was told as before, and tokens and cost are what has come to that. `at`, when the call began, is the
-- same in all.
CREATE OR REPLACE FUNCTION paid_call_tells() RETURNS TRIGGER AS $$
DECLARE
    is_first CONSTANT BOOLEAN := OLD.state = 'intent';
    earlier RECORD;
BEGIN
    -- It is forgotten, by an erasure: of what has become of it nothing is known anew.
    IF NEW.subject_id IS NULL AND OLD.subject_id IS NOT NULL AND NOT is_first THEN
        RETURN NULL;
    END IF;
    SELECT provider, model, state INTO earlier FROM paid_calls
    WHERE is_first AND job_id = NEW.job_id AND step IS NOT DISTINCT FROM NEW.step AND id < NEW.id
    ORDER BY id DESC LIMIT 1;
    INSERT INTO events (id, name, version, user_id, account_id, data)
    VALUES (gen_random_uuid(), 'provider.called', 1, NEW.user_id, NEW.user_id, jsonb_build_object(
        'call', NEW.id, 'provider', NEW.provider, 'model', NEW.model, 'step', NEW.step,
        'at', NEW.began_at,
        'kind', CASE NEW.state WHEN 'answered' THEN 'answered' WHEN 'useless' THEN 'unusable'
                    WHEN 'refused' THEN COALESCE(NEW.failure, 'refused') ELSE COALESCE(NEW.failure, 'unknown') END,
        'was', CASE OLD.state WHEN 'intent' THEN NULL WHEN 'answered' THEN 'answered' WHEN 'useless' THEN 'unusable'
                   WHEN 'refused' THEN COALESCE(OLD.failure, 'refused') ELSE COALESCE(OLD.failure, 'unknown') END,
        'ms', (extract(epoch FROM NEW.ended_at - NEW.began_at) * 1000)::BIGINT,
        'was_ms', (extract(epoch FROM OLD.ended_at - OLD.began_at) * 1000)::BIGINT,
        'tokens_in', COALESCE(NEW.input_tokens, 0) - COALESCE(OLD.input_tokens, 0),
        'tokens_out', COALESCE(NEW.output_tokens, 0) - COALESCE(OLD.output_tokens, 0),
        'cost_micro_usd', COALESCE(NEW.cost_micro_usd, 0) - COALESCE(OLD.cost_micro_usd, 0),
        'instead_of', CASE WHEN (earlier.provider, earlier.model) IS DISTINCT FROM (NEW.provider, NEW.model)
                          AND earlier.state IN ('refused', 'unknown', 'useless')
                      THEN jsonb_build_object('provider', earlier.provider, 'model', earlier.model) END));
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;
