-- What happened by day of UTC, and to how many persons.
CREATE OR REPLACE VIEW feature_usage WITH (security_invoker = true) AS
SELECT name AS event_name, (occurred_at AT TIME ZONE 'UTC')::date AS day, count(*) AS events,
    count(DISTINCT user_id) AS users
FROM events GROUP BY 1, 2;
