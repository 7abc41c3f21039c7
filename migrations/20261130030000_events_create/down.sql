DROP VIEW IF EXISTS analytics_events;
DROP FUNCTION IF EXISTS events_drop_months;
DROP FUNCTION events_make_months;
DROP TABLE event_cursors;
DROP TABLE events;
