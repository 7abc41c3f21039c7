DROP INDEX payments_pending;
DROP INDEX payments_to_ask;
ALTER TABLE payments DROP COLUMN ask_at, DROP COLUMN asks;
