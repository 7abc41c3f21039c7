-- Claims up to in_room due jobs of a queue, the classes of in_priorities one after the other; looks
-- at up to in_window of them. The last row has no id if jobs were put aside by their limits: then
-- there may be more to claim, and a wider window gets over many of the same key.
CREATE OR REPLACE FUNCTION jobs_claim(
    in_queue text, in_kinds text[], in_priorities smallint[], in_room integer, in_window integer,
    in_worker text, in_lease double precision, in_limits jsonb)
RETURNS TABLE (
    id uuid, kind text, args jsonb, attempt integer, max_attempts integer, fence bigint,
    limit_keys text[], cancel_requested boolean, redrives integer, waited double precision)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    class smallint;
    more uuid[];
    limited boolean;
    any_limited boolean := FALSE;
    ids uuid[] := '{}';
    chosen uuid[];
    aside integer := 0;
BEGIN
    -- A claim that a crash of Postgres takes back is a job that is still queued: nothing is lost,
    -- and no disk is waited for. Writes that follow from it are guarded by fence and worker.
    PERFORM set_config('synchronous_commit', 'off', TRUE);
    IF EXISTS (SELECT FROM job_pauses WHERE queue = in_queue) THEN
        RETURN;
    END IF;
    FOREACH class IN ARRAY in_priorities LOOP
        SELECT array_agg(due.id), bool_or(due.limit_keys <> '{}') INTO more, limited
        FROM (
            SELECT jobs.id, jobs.limit_keys FROM jobs
            WHERE queue = in_queue AND priority = class AND state = 'queued'
              AND blocked_on IS NULL AND run_at <= now() AND kind = ANY (in_kinds)
            ORDER BY run_at LIMIT in_window - cardinality(ids)
            FOR UPDATE SKIP LOCKED) AS due;
        ids := ids || more;
        any_limited := any_limited OR COALESCE(limited, FALSE);
        EXIT WHEN cardinality(ids) >= in_window;
    END LOOP;
    IF any_limited THEN
        SELECT admitted, set_aside INTO chosen, aside FROM jobs_admit(ids, in_room, in_limits);
    ELSE
        chosen := ids[:in_room];
    END IF;
    RETURN QUERY
        UPDATE jobs SET state = 'running', attempt = LEAST(attempt, max_attempts) + 1,
            -- A step by chance: after a crash that took back a claim no other claim gets its number.
            fence = fence + 1 + floor(random() * 1000000)::bigint,
            worker = in_worker, started_at = now(), slotted = FALSE,
            lease_until = now() + make_interval(secs => in_lease)
        WHERE jobs.id = ANY (chosen)
        RETURNING jobs.id, jobs.kind, jobs.args, jobs.attempt, jobs.max_attempts, jobs.fence,
            jobs.limit_keys, jobs.cancel_requested, jobs.redrives,
            extract(epoch FROM now() - run_at)::double precision;
    IF aside > 0 THEN
        RETURN QUERY SELECT NULL::uuid, '', 'null'::jsonb, 0, 0, 0::bigint, '{}'::text[], FALSE, 0,
            0::double precision;
    END IF;
END $$;
