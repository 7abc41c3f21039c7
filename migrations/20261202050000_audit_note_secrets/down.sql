DROP TABLE secrets_seen;
