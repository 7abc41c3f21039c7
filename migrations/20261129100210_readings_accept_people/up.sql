-- Whether there is such a person is asked of their own table: the usage row is made with the first unit.
--
-- outcome: 'accepted'; 'known' (this message has a reading already: found_id); 'limited' (no unit is
-- left); 'nobody' (there is no such person). Only 'accepted' has taken a unit or written a reading. Raises
-- 'idempotency key lost' if another request has taken the key over.
CREATE OR REPLACE FUNCTION accept_analysis(
    new_id UUID, person UUID, message BIGINT, input input_type, photo_key TEXT,
    photo_bytes INTEGER, words TEXT, area focus_area, chat BIGINT, telegram_file TEXT,
    job_id UUID, job_kind TEXT, job_queue TEXT, job_args JSONB, job_max_attempts INTEGER,
    job_dedupe_key TEXT, job_limit_keys TEXT[],
    actor TEXT, address TEXT, agent TEXT,
    idempotency_caller TEXT, idempotency_key TEXT, idempotency_fence BIGINT, answer BYTEA,
    OUT outcome TEXT, OUT found_id UUID, OUT found_status analysis_status, OUT tier subscription_tier
) AS $$
DECLARE
    unit RECORD;
BEGIN
    IF message IS NOT NULL AND chat IS NULL THEN
        SELECT id, status FROM analysis_history
        WHERE user_id = person AND message_id = message AND chat_id IS NULL
        INTO found_id, found_status;
        IF FOUND THEN
            outcome := 'known';
            RETURN;
        END IF;
    END IF;

    SELECT * FROM take_unit(person) INTO unit;
    IF NOT unit.taken THEN
        PERFORM 1 FROM users WHERE id = person;
        outcome := CASE WHEN FOUND THEN 'limited' ELSE 'nobody' END;
        RETURN;
    END IF;
    tier := unit.tier;

    INSERT INTO analysis_history (id, user_id, message_id, input_type, image_url, image_size_bytes,
        user_text, focus_area, chat_id, source_file_id, queue_priority, unit_daily_reset_at,
        unit_monthly_reset_at)
    VALUES (new_id, person, message, input, photo_key, photo_bytes, words, area, chat,
        telegram_file, unit.queue_priority, unit.daily_reset_at, unit.monthly_reset_at)
    ON CONFLICT (user_id, message_id) WHERE message_id IS NOT NULL AND chat_id IS NULL DO NOTHING;
    IF NOT FOUND THEN
        -- The same message was accepted while we waited for the person's usage row.
        UPDATE usage_limits AS u SET daily_analyses_used = u.daily_analyses_used - 1,
            monthly_analyses_used = u.monthly_analyses_used - 1 WHERE u.user_id = person;
        SELECT id, status FROM analysis_history
        WHERE user_id = person AND message_id = message AND chat_id IS NULL
        INTO found_id, found_status;
        outcome := 'known';
        RETURN;
    END IF;

    INSERT INTO jobs (id, kind, queue, args, max_attempts, dedupe_key, priority, limit_keys)
    VALUES (job_id, job_kind, job_queue, job_args, job_max_attempts, job_dedupe_key,
        unit.queue_priority, job_limit_keys);
    INSERT INTO audit_logs (user_id, action, entity_type, entity_id, new_value, ip_address,
        user_agent, actor)
    VALUES (person, 'analysis_created', 'analysis', new_id,
        jsonb_build_object('input_type', input, 'focus_area', area), address::INET, agent, actor);
    IF idempotency_key IS NOT NULL THEN
        UPDATE idempotency_keys AS i SET status = 202, body = answer, locked_until = NULL
        WHERE i.caller = idempotency_caller AND i.key = idempotency_key
          AND i.fence = idempotency_fence AND i.status IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'idempotency key lost';
        END IF;
    END IF;
    outcome := 'accepted';
END;
$$ LANGUAGE plpgsql;
