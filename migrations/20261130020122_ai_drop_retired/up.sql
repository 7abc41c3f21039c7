-- Retired by the previous release, which settles each call itself; the constraint what_ended_is_settled refuses one that is
-- not.
DROP TRIGGER paid_calls_settle ON paid_calls;
DROP FUNCTION paid_call_settles();
