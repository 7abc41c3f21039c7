-- Processes of the previous release end calls without a cost, and this trigger adds it. Ours settle each
-- call themselves, and the constraint what_ended_is_settled refuses one that does not.
DROP TRIGGER paid_calls_settle ON paid_calls;
DROP FUNCTION paid_call_settles();
