DROP VIEW provider_calls_of_hour;
DROP TABLE provider_health;
DROP TYPE provider_state;
