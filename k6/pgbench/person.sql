-- A person and their plan (section 12.5, query 1).
\set n random(0, :people - 1)
SELECT users.*, subscriptions.* FROM users LEFT JOIN subscriptions ON subscriptions.user_id = users.id
WHERE users.telegram_id = 1000000 + :n;
