-- How many requests a minute an account may send, with all its keys. NULL: as the settings say (RATE_LIMIT_USER).
ALTER TABLE plans ADD COLUMN requests_per_minute INTEGER CHECK (requests_per_minute > 0);

UPDATE plans SET requests_per_minute = CASE tier::text WHEN 'PRO' THEN 600 ELSE 6000 END
WHERE tier::text IN ('PRO', 'ENTERPRISE');
