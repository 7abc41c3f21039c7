-- Readings in progress: one for each waiting client of waiting.sh.
INSERT INTO analysis_history (id, user_id, input_type, user_text, focus_area, status)
SELECT md5('waiting-' || n)::uuid, users.id, 'text', 'What does the day bring?', 'general', 'processing'
FROM generate_series(0, :clients - 1) AS n
JOIN users ON users.telegram_id = 1000000 + n % 128;
