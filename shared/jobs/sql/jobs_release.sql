-- Lets jobs that waited for these keys back into the line, as many as there is room for, and
-- returns the queues that got some.
CREATE OR REPLACE FUNCTION jobs_release(in_keys text[], in_limits jsonb) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    one text;
    room integer;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', TRUE);
    -- A transaction that is just putting a job aside for one of the keys is waited for.
    PERFORM FROM job_keys WHERE key = ANY (in_keys) ORDER BY key FOR UPDATE;
    FOREACH one IN ARRAY in_keys LOOP
        room := (jobs_limit(in_limits, one) ->> 'running')::integer
            - (SELECT count(*) FROM jobs WHERE state = 'running' AND one = ANY (limit_keys))::integer;
        CONTINUE WHEN room <= 0;
        RETURN QUERY
            WITH freed AS (
                UPDATE jobs SET blocked_on = NULL WHERE id IN (
                    SELECT id FROM jobs WHERE state = 'queued' AND blocked_on = one
                    -- Without a limit (any more) there is room for all.
                    ORDER BY priority, run_at LIMIT room FOR UPDATE SKIP LOCKED)
                RETURNING queue)
            SELECT DISTINCT queue FROM freed;
    END LOOP;
END $$;
