-- Different persons whose deeds were recorded in the day, the 7 and the 30 days that end with this moment.
CREATE OR REPLACE VIEW active_users_summary WITH (security_invoker = true) AS
SELECT count(DISTINCT user_id) FILTER (WHERE occurred_at > now() - interval '1 day') AS dau,
    count(DISTINCT user_id) FILTER (WHERE occurred_at > now() - interval '7 days') AS wau,
    count(DISTINCT user_id) AS mau
FROM events WHERE occurred_at > now() - interval '30 days'
    AND name IN ('reading.created', 'person.signed_in', 'key.used', 'message.created');
