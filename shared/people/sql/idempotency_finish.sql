-- Writes the answer of an Idempotency-Key, in the transaction of the work. Only the newest lease may: without
-- it the whole statement is refused, with the constraint lease_is_held, and the work is undone. (A function,
-- because a statement that does the work and writes the answer has no other way to refuse.)
CREATE OR REPLACE FUNCTION idempotency_finish(
    of_caller TEXT, of_key TEXT, of_fence BIGINT, with_status SMALLINT, with_body BYTEA
) RETURNS BOOLEAN AS $$
BEGIN
    UPDATE idempotency_keys SET status = with_status, body = with_body, locked_until = NULL
    WHERE caller = of_caller AND key = of_key AND fence = of_fence AND status IS NULL;
    IF NOT FOUND THEN
        RAISE check_violation USING CONSTRAINT = 'lease_is_held', TABLE = 'idempotency_keys',
            MESSAGE = 'another request has taken over this idempotency key';
    END IF;
    RETURN TRUE;
END;
$$ LANGUAGE plpgsql;
