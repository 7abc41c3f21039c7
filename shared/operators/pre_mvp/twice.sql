-- The Telegram ids that more than one of its persons has.
SELECT p.telegram_id::bigint AS id FROM users AS p WHERE p.telegram_id IS NOT NULL
GROUP BY p.telegram_id HAVING count(*) > 1
