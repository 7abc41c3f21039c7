-- The data of the benchmark, in our tables: 128 people with 50 finished readings each, and no limit in
-- any plan. Ids are derived from numbers, so that the load script can compute them.
-- The same people and texts as in seed.peer.sql.
UPDATE plan_limits SET day_limit = NULL, month_limit = NULL;

INSERT INTO users (telegram_id, username, first_name, language_code, consent_terms, consent_terms_version,
    consent_privacy, consent_privacy_version)
SELECT n, 'user' || n, 'User ' || n, 'en', TRUE, '2026-11-30', TRUE, '2026-11-30'
FROM generate_series(1000000, 1000127) AS n;

INSERT INTO meters (account_id, day_ends_at, month_ends_at)
SELECT id, next_reset('day', timezone, NULL, now()), next_reset('month', timezone, NULL, now()) FROM users;

INSERT INTO analysis_history (id, user_id, input_type, image_url, image_size_bytes, focus_area,
    status, processed_key, vision, analysis, model_used, processing_time_ms, tokens_used,
    created_at, completed_at)
SELECT md5('reading-' || telegram_id || '-' || n)::uuid, users.id, 'image',
    'bench/' || telegram_id || '-' || n, 204800,
    (ARRAY['wellbeing', 'career', 'relationships', 'general'])[1 + n % 4]::focus_area,
    'completed', 'bench/' || telegram_id || '-' || n || '.small', '{"is_cup": true}',
    :'reading'::jsonb, 'bench/model', 4200, 1100,
    now() - n * INTERVAL '1 hour', now() - n * INTERVAL '1 hour' + INTERVAL '5 seconds'
FROM users CROSS JOIN generate_series(1, 50) AS n;

VACUUM ANALYZE;
