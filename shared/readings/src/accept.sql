-- Accepts a reading: see accept.rs, which names the arguments: one object, and the bytes of the answer that
-- an Idempotency-Key remembers.
--
-- Returns one row. outcome: 'accepted'; 'known' (this message has a reading already: id and status);
-- 'limited' (no unit is left); 'no_consent' (the person has not agreed to these versions); 'no_person' (there
-- is no such person). Only 'accepted' has taken a unit or written a reading.
WITH given AS MATERIALIZED (
    SELECT given.*, answer FROM jsonb_to_record($1) AS given (
        id uuid, user_id uuid, message_id bigint, input_type input_type, image_url text,
        image_size_bytes integer, user_text text, focus_area focus_area, chat_id bigint,
        source_file_id text,
        job_id uuid, job_kind text, job_queue text, job_args jsonb, job_max_attempts integer,
        job_dedupe_key text, job_limit_keys text[], job_subject_id uuid,
        job_trace_parent text,
        event_id uuid, event_name text, event_version smallint, event_data jsonb,
        terms text, privacy text, actor text, address inet, user_agent text,
        -- NULL without an Idempotency-Key.
        lease_caller text, lease_key text, lease_fence bigint, lease_status smallint),
        (SELECT $2::bytea AS answer) AS remembered
), known AS MATERIALIZED (
    -- As idx_analysis_one_per_message has it. What comes from the bot's chat is known by its update, and by its
    -- message if a service has sent that before. LIMIT keeps the planner from reading the whole index of a table
    -- that was empty when the statement was prepared.
    SELECT known.id, known.status FROM given, LATERAL (
        SELECT id, status FROM analysis_history AS a
        WHERE a.user_id = given.user_id AND a.message_id = given.message_id AND a.message_id IS NOT NULL
          AND a.chat_id IS NULL LIMIT 1) AS known
), agreed AS MATERIALIZED (
    SELECT users.id FROM users JOIN given ON given.user_id = users.id
    WHERE users.consent_terms AND users.consent_terms_version = given.terms
      AND users.consent_privacy AND users.consent_privacy_version = given.privacy
      -- Refused before, unless it happened just now.
      AND NOT EXISTS (SELECT FROM suspensions AS s
          WHERE s.account_id = users.id AND (s.until IS NULL OR s.until > now()))
), unit AS MATERIALIZED (
    -- Locks the meter of the person's readings before one is written, as everywhere.
    SELECT unit.* FROM (
        SELECT user_id FROM given
        WHERE NOT EXISTS (SELECT FROM known) AND EXISTS (SELECT FROM agreed)) AS unknown,
        take_units(unknown.user_id, 'analyses', 1) AS unit
), reading AS (
    INSERT INTO analysis_history (id, user_id, message_id, input_type, image_url, image_size_bytes,
        user_text, focus_area, chat_id, source_file_id, queue_priority, unit_daily_reset_at,
        unit_monthly_reset_at)
    SELECT id, user_id, message_id, input_type, image_url, image_size_bytes, user_text, focus_area,
        chat_id, source_file_id, queue_priority, day_ends_at, month_ends_at
    FROM given, unit WHERE unit.taken
    RETURNING id, user_id, input_type, focus_area, queue_priority
), first_job AS (
    INSERT INTO jobs (id, kind, queue, args, max_attempts, dedupe_key, priority, limit_keys,
        subject_id, trace_parent)
    SELECT job_id, job_kind, job_queue, job_args, job_max_attempts, job_dedupe_key, queue_priority,
        job_limit_keys, job_subject_id, job_trace_parent
    FROM given, reading
), noted AS (
    INSERT INTO audit_logs (user_id, action, entity_type, entity_id, new_value, ip_address,
        user_agent, actor)
    SELECT reading.user_id, 'analysis_created', 'analysis', reading.id,
        jsonb_build_object('input_type', reading.input_type, 'focus_area', reading.focus_area),
        address, user_agent, actor
    FROM given, reading
), recorded AS (
    INSERT INTO events (id, name, version, user_id, account_id, data)
    SELECT event_id, event_name, event_version, reading.user_id, reading.user_id, event_data
    FROM given, reading
)
SELECT CASE
        WHEN known.id IS NOT NULL THEN 'known'
        WHEN reading.id IS NOT NULL AND (lease_key IS NULL
            OR idempotency_finish(lease_caller, lease_key, lease_fence, lease_status, answer))
            THEN 'accepted'
        -- Also after waiting for a deletion of the person.
        WHEN EXISTS (SELECT FROM users WHERE users.id = given.user_id FOR KEY SHARE)
            THEN CASE WHEN EXISTS (SELECT FROM agreed) THEN 'limited' ELSE 'no_consent' END
        ELSE 'no_person' END AS outcome,
    known.id, known.status, unit.tier
FROM given LEFT JOIN known ON TRUE LEFT JOIN unit ON TRUE LEFT JOIN reading ON TRUE
