ALTER TABLE users DROP COLUMN consent_analytics_at;
