-- Claiming as functions: a claim with limits takes several statements that must each see what the
-- one before waited for, in one round trip. Called by shared/src/jobs/claims.rs and limits.rs.
--
-- Limits come as {"<class>": {"running": n} | {"per_second": r, "burst": b}}, where the class of a
-- key is what stands before its first colon; a key without a limit is free.

CREATE FUNCTION jobs_limit(in_limits jsonb, in_key text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE(in_limits -> in_key, in_limits -> split_part(in_key, ':', 1));

-- Takes up to in_room of the (locked) jobs that their limits admit now and returns them. Those that
-- have to wait leave the head of the line: for the key, or for their place in the line of its rate.
CREATE FUNCTION jobs_admit(in_ids uuid[], in_room integer, in_limits jsonb)
RETURNS TABLE (admitted uuid[], set_aside integer)
LANGUAGE plpgsql AS $$
DECLARE
    locked integer;
    moment double precision;
    keys text[];
    room integer[];
    interval_of double precision[];
    ready double precision[];   -- when the next one may start
    line double precision[];    -- the next place for one that has to wait
    busy double precision[];    -- theoretical arrival time
    blocked uuid[] := '{}';
    blocked_by text[] := '{}';
    late uuid[] := '{}';
    late_until double precision[] := '{}';
    job record;
    mine integer[];
    at integer;
    full_key text;
    wait_until double precision;
    place double precision;
BEGIN
    SELECT array_agg(DISTINCT k ORDER BY k) INTO keys
    FROM jobs, unnest(jobs.limit_keys) AS k
    WHERE jobs.id = ANY (in_ids) AND jobs_limit(in_limits, k) IS NOT NULL;
    IF keys IS NULL THEN
        RETURN QUERY SELECT in_ids[:in_room], 0;
        RETURN;
    END IF;
    admitted := '{}';
    -- In the order of the keys, always: nobody waits in a circle.
    LOOP
        INSERT INTO job_keys (key) SELECT unnest(keys) ON CONFLICT DO NOTHING;
        PERFORM FROM job_keys WHERE key = ANY (keys) ORDER BY key FOR UPDATE;
        GET DIAGNOSTICS locked = ROW_COUNT;
        -- Fewer if retention has deleted one while its lock was waited for.
        EXIT WHEN locked = cardinality(keys);
    END LOOP;
    -- A statement of its own, so that it sees what the last holder of the locks has claimed.
    moment := extract(epoch FROM clock_timestamp());
    SELECT array_agg((rule ->> 'running')::integer - COALESCE(running.count, 0) ORDER BY key),
           array_agg(1 / (rule ->> 'per_second')::double precision ORDER BY key),
           array_agg(GREATEST(extract(epoch FROM busy_until), 0) ORDER BY key),
           array_agg(GREATEST(extract(epoch FROM next_slot), 0) ORDER BY key),
           array_agg(GREATEST(extract(epoch FROM busy_until), 0)
               - (COALESCE((rule ->> 'burst')::double precision, 1) - 1)
                 / (rule ->> 'per_second')::double precision ORDER BY key)
    INTO room, interval_of, busy, line, ready
    FROM job_keys
    CROSS JOIN LATERAL (SELECT jobs_limit(in_limits, key) AS rule) AS of_key
    LEFT JOIN LATERAL (
        SELECT count(*)::integer AS count FROM jobs
        WHERE state = 'running' AND key = ANY (limit_keys) AND rule ? 'running'
    ) AS running ON TRUE
    WHERE key = ANY (keys);

    FOR job IN
        SELECT jobs.id, jobs.limit_keys, jobs.slotted FROM jobs
        JOIN unnest(in_ids) WITH ORDINALITY AS candidate (id, place) ON candidate.id = jobs.id
        ORDER BY candidate.place
    LOOP
        full_key := NULL;
        wait_until := NULL;
        SELECT array_agg(array_position(keys, k)) INTO mine
        FROM unnest(job.limit_keys) AS k WHERE k = ANY (keys);
        FOREACH at IN ARRAY COALESCE(mine, '{}') LOOP
            IF room[at] <= 0 THEN
                full_key := keys[at];
                EXIT;
            ELSIF interval_of[at] IS NOT NULL THEN
                place := CASE WHEN job.slotted THEN ready[at] ELSE GREATEST(ready[at], line[at]) END;
                IF place > moment + 1e-6 THEN
                    wait_until := GREATEST(wait_until, place);
                    -- The next one that has to wait stands behind this one.
                    IF job.slotted THEN
                        ready[at] := place + interval_of[at];
                    ELSE
                        line[at] := place + interval_of[at];
                    END IF;
                END IF;
            END IF;
        END LOOP;
        IF full_key IS NOT NULL THEN
            blocked := blocked || job.id;
            blocked_by := blocked_by || full_key;
        ELSIF wait_until IS NOT NULL THEN
            late := late || job.id;
            late_until := late_until || wait_until;
        ELSIF cardinality(admitted) < in_room THEN
            admitted := admitted || job.id;
            FOREACH at IN ARRAY COALESCE(mine, '{}') LOOP
                room[at] := room[at] - 1;
                IF interval_of[at] IS NOT NULL THEN
                    ready[at] := ready[at] + interval_of[at]
                        + GREATEST(moment - busy[at], 0);
                    busy[at] := GREATEST(busy[at], moment) + interval_of[at];
                END IF;
            END LOOP;
        END IF;
    END LOOP;

    UPDATE jobs SET blocked_on = parked.key
    FROM unnest(blocked, blocked_by) AS parked (id, key) WHERE jobs.id = parked.id;
    UPDATE jobs SET run_at = to_timestamp(parked.until), slotted = TRUE
    FROM unnest(late, late_until) AS parked (id, until) WHERE jobs.id = parked.id;
    UPDATE job_keys SET used_at = now(),
        busy_until = to_timestamp(state.busy), next_slot = to_timestamp(state.line)
    FROM unnest(keys, busy, line, interval_of) AS state (key, busy, line, step)
    WHERE job_keys.key = state.key AND state.step IS NOT NULL;
    set_aside := cardinality(blocked) + cardinality(late);
    RETURN NEXT;
END $$;

-- Claims up to in_room due jobs of a queue, the classes of in_priorities one after the other; looks
-- at up to in_window of them. The last row has no id if jobs were put aside by their limits: then
-- there may be more to claim, and a wider window gets over many of the same key.
CREATE FUNCTION jobs_claim(
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
            -- A step by chance: after a crash that took back a claim nobody gets its number again.
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

-- Lets jobs that waited for these keys back into the line, as many as there is room for, and
-- returns the queues that got some.
CREATE FUNCTION jobs_release(in_keys text[], in_limits jsonb) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    one text;
    room integer;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', TRUE);
    -- Whoever is just putting a job aside for one of the keys is waited for.
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

-- The same for every key that somebody waits for: after a crash, or when limits have changed.
CREATE FUNCTION jobs_release_all(in_limits jsonb) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    one text := '';
BEGIN
    LOOP
        -- From key to key through the index, however many jobs wait for each.
        SELECT blocked_on INTO one FROM jobs
        WHERE state = 'queued' AND blocked_on > one ORDER BY blocked_on LIMIT 1;
        EXIT WHEN one IS NULL;
        RETURN QUERY SELECT jobs_release(ARRAY[one], in_limits);
    END LOOP;
END $$;

-- Takes one token of each rate for a call inside a running job. Returns the seconds to wait first;
-- nothing is taken unless that is 0.
CREATE FUNCTION jobs_take_token(in_keys text[], in_limits jsonb) RETURNS double precision
LANGUAGE plpgsql AS $$
DECLARE
    moment double precision;
    wait double precision;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', TRUE);
    INSERT INTO job_keys (key)
        SELECT k FROM unnest(in_keys) AS k WHERE jobs_limit(in_limits, k) ? 'per_second'
        ORDER BY k ON CONFLICT DO NOTHING;
    PERFORM FROM job_keys WHERE key = ANY (in_keys) ORDER BY key FOR UPDATE;
    moment := extract(epoch FROM clock_timestamp());
    SELECT max(GREATEST(extract(epoch FROM busy_until), 0)
        - (COALESCE((jobs_limit(in_limits, key) ->> 'burst')::double precision, 1) - 1)
          / (jobs_limit(in_limits, key) ->> 'per_second')::double precision) - moment
    INTO wait
    FROM job_keys WHERE key = ANY (in_keys) AND jobs_limit(in_limits, key) ? 'per_second';
    IF COALESCE(wait, 0) > 1e-6 THEN
        RETURN wait;
    END IF;
    UPDATE job_keys SET used_at = now(), busy_until = to_timestamp(
        GREATEST(extract(epoch FROM busy_until), moment)
        + 1 / (jobs_limit(in_limits, key) ->> 'per_second')::double precision)
    WHERE key = ANY (in_keys) AND jobs_limit(in_limits, key) ? 'per_second';
    RETURN 0;
END $$;
