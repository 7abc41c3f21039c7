SELECT (SELECT occurred_at FROM events WHERE (events.tx, events.seq) <= (place.tx, place.seq) ORDER BY tx DESC, seq DESC LIMIT 1) AS as_of,
    place.tx IS NULL OR EXISTS (SELECT FROM events WHERE (events.tx, events.seq) > (place.tx, place.seq)) AS behind,
    (SELECT max(updated_at) FROM provider_health) AS states_at,
    (SELECT zone FROM analytics_settings) AS zone
FROM (SELECT 1) AS always LEFT JOIN event_cursors AS place ON place.name = 'analytics'
