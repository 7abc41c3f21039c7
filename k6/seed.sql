-- The population of the load tests (psql, -v people=<number> -v reading=<JSON of a reading>): people who have agreed,
-- with a plan that no load uses up, and with a past of readings: most have 12, one in ten 60, one in a hundred 400.
-- Their Telegram ids begin at 1000000, as in k6/lib/people.js; all ids follow from numbers.
BEGIN;
INSERT INTO users (id, telegram_id, username, first_name, language_code, timezone, consent_terms,
    consent_terms_version, consent_terms_at, consent_privacy, consent_privacy_version, consent_privacy_at)
SELECT md5('k6-person-' || n)::uuid, 1000000 + n, 'user' || n, 'User ' || n, (ARRAY['en', 'ru', 'zh'])[1 + n % 3],
    'UTC', TRUE, :'terms', now(), TRUE, :'privacy', now()
FROM generate_series(0, :people - 1) AS n;

INSERT INTO subscriptions (user_id, tier, status, current_period_start, current_period_end)
SELECT md5('k6-person-' || n)::uuid, 'ENTERPRISE', 'active', now(), now() + INTERVAL '1 year'
FROM generate_series(0, :people - 1) AS n;

-- One window for the whole run: so what is counted in it can be compared with what was read (k6/ledger.sql).
INSERT INTO meters (account_id, unit, day_ends_at, month_ends_at)
SELECT md5('k6-person-' || n)::uuid, 'analyses', now() + INTERVAL '1 year', now() + INTERVAL '1 year'
FROM generate_series(0, :people - 1) AS n;

INSERT INTO analysis_history (id, user_id, input_type, image_url, image_size_bytes, focus_area, status, processed_key,
    vision, analysis, model_used, processing_time_ms, tokens_used, created_at, completed_at, delivered_at)
SELECT md5('k6-reading-' || n || '-' || m)::uuid, md5('k6-person-' || n)::uuid, 'image', 'k6/' || n || '-' || m,
    204800, (ARRAY['wellbeing', 'career', 'relationships', 'general'])[1 + m % 4]::focus_area, 'completed',
    'k6/' || n || '-' || m || '.small', '{"is_cup": true}', :'reading'::jsonb, 'k6/model', 4200, 1100,
    now() - m * INTERVAL '7 hours', now() - m * INTERVAL '7 hours' + INTERVAL '5 seconds',
    now() - m * INTERVAL '7 hours' + INTERVAL '6 seconds'
FROM generate_series(0, :people - 1) AS n,
    generate_series(1, CASE WHEN n % 100 = 0 THEN 400 WHEN n % 10 = 0 THEN 60 ELSE 12 END) AS m;

-- The last of what was said in each chat, which goes with a request to the AI.
INSERT INTO message_context (user_id, message_id, role, content, created_at)
SELECT md5('k6-person-' || n)::uuid, m, (ARRAY['user', 'assistant'])[1 + m % 2]::message_role,
    'Message ' || m || ' of a talk about what the last cup said of the road and of the bird beside it.',
    now() - (21 - m) * INTERVAL '3 hours'
FROM generate_series(0, :people - 1) AS n, generate_series(1, 20) AS m;
COMMIT;
VACUUM ANALYZE;
