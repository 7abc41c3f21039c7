DROP TABLE sign_in_attempts;
DROP TABLE address_requests;
DROP TABLE one_time_tokens;
DROP TABLE sessions;
DROP TABLE passwords;
ALTER TABLE users DROP COLUMN company, DROP COLUMN phone;
