-- Refused while there are persons whom the previous release cannot hold.
ALTER TABLE users ALTER COLUMN telegram_id SET NOT NULL;
DROP TRIGGER person_gets_account ON users;
DROP TRIGGER person_keeps_telegram ON users;
DROP TRIGGER person_changes_telegram ON users;
DROP FUNCTION person_gets_account;
DROP FUNCTION person_keeps_telegram;
DROP TABLE identities;
DROP TABLE accounts;
DROP TYPE account_kind;
