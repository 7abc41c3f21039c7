SELECT (SELECT occurred_at FROM events WHERE (events.tx, events.seq) <= (place.tx, place.seq) ORDER BY tx DESC, seq DESC LIMIT 1) AS as_of,
    CASE WHEN place.tx IS NULL THEN 'epoch'::timestamptz ELSE (
        SELECT occurred_at FROM events WHERE (events.tx, events.seq) > (place.tx, place.seq) ORDER BY tx, seq LIMIT 1)
    END AS unread_since,
    (SELECT max(updated_at) FROM provider_health) AS states_at,
    (SELECT min(day) FROM active_users_daily) AS active_since,
    (SELECT rebuilt_at FROM analytics_settings) AS rebuilt_at,
    (SELECT zone FROM analytics_settings) AS zone
FROM (SELECT 1) AS always LEFT JOIN event_cursors AS place ON place.name = 'analytics'
