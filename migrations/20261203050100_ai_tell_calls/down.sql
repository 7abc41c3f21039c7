DROP TRIGGER paid_calls_tell ON paid_calls;
DROP FUNCTION paid_call_tells;
ALTER TABLE paid_calls DROP COLUMN failure;
