(SELECT jsonb_build_object('id', id, 'user_id', person, 'input_type', 'image', 'image_url', 'pgbench/' || id,
    'image_size_bytes', 204800, 'focus_area', 'general', 'job_id', job, 'job_kind', 'analyses.prepare_image.v1',
    'job_queue', 'image', 'job_args', jsonb_build_object('analysis_id', id, 'user_id', person),
    'job_max_attempts', 300, 'job_dedupe_key', id, 'job_limit_keys', ARRAY['user:' || person],
    'job_subject_id', person, 'event_id', event, 'event_name', 'reading.created', 'event_version', 1,
    'event_data', jsonb_build_object('reading', id, 'input_type', 'image', 'focus_area', 'general',
        'in_chat', FALSE),
    'terms', ':TERMS', 'privacy', ':PRIVACY', 'actor', 'user', 'address', '127.0.0.1', 'user_agent', 'pgbench')
FROM (SELECT gen_random_uuid() AS id, gen_random_uuid() AS job, gen_random_uuid() AS event,
    md5('k6-person-' || :n)::uuid AS person) AS made)
