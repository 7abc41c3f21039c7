ALTER TABLE users DROP COLUMN consent_terms_version, DROP COLUMN consent_privacy_version;
