DROP FUNCTION IF EXISTS audit_logs_seal;
DROP FUNCTION IF EXISTS audit_log_digests;
DROP TABLE audit_seals;
ALTER TABLE audit_logs DROP COLUMN tx, DROP COLUMN place, DROP COLUMN salt;
