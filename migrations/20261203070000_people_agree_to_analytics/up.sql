-- Since when a person agrees that product analytics is told what they do; null while they do not.
ALTER TABLE users ADD COLUMN consent_analytics_at TIMESTAMPTZ;
