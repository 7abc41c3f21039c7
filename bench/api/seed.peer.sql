-- The data of the benchmark, in the peer's tables: see seed.ours.sql.
INSERT INTO users (telegram_id, username, first_name)
SELECT n, 'user' || n, 'User ' || n FROM generate_series(1000000, 1000127) AS n;

INSERT INTO usage_limits (user_id, day, month)
SELECT id, (now() AT TIME ZONE 'utc')::date,
    date_trunc('month', now() AT TIME ZONE 'utc')::date FROM users;

INSERT INTO analyses (id, user_id, status, focus_area, image_key, result, created_at, completed_at)
SELECT md5('reading-' || telegram_id || '-' || n)::uuid, users.id, 'completed',
    (ARRAY['wellbeing', 'career', 'relationships', 'general'])[1 + n % 4],
    'bench/' || telegram_id || '-' || n, :'reading'::jsonb,
    now() - n * INTERVAL '1 hour', now() - n * INTERVAL '1 hour' + INTERVAL '5 seconds'
FROM users CROSS JOIN generate_series(1, 50) AS n;

VACUUM ANALYZE;
