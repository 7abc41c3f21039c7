-- Takes up to in_room of the (locked) jobs that their limits admit now and returns them. Those that
-- have to wait leave the head of the line: for the key, or for their place in the line of its rate.
CREATE OR REPLACE FUNCTION jobs_admit(in_ids uuid[], in_room integer, in_limits jsonb)
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
    burst double precision[];   -- seconds that the rate may fall behind and catch up
    shift double precision[];   -- how far the line moves after a standstill; null: it does not
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
    -- In the order of the keys, always: no two transactions wait for each other.
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
           array_agg((COALESCE((rule ->> 'burst')::double precision, 1) - 1)
               / (rule ->> 'per_second')::double precision ORDER BY key)
    INTO room, interval_of, busy, line, burst
    FROM job_keys
    CROSS JOIN LATERAL (SELECT jobs_limit(in_limits, key) AS rule) AS of_key
    LEFT JOIN LATERAL (
        SELECT count(*)::integer AS count FROM jobs
        WHERE state = 'running' AND key = ANY (limit_keys) AND rule ? 'running'
    ) AS running ON TRUE
    WHERE key = ANY (keys);
    SELECT array_agg(b - behind ORDER BY nth) INTO ready
    FROM unnest(busy, burst) WITH ORDINALITY AS of_key (b, behind, nth);

    -- After a standstill (jobs have their places, but none was started for longer than the burst and a
    -- second) the whole line moves, so that it keeps its order, and newcomers stay behind it. Jobs that
    -- another claim holds are passed over: waiting for them could be a deadlock.
    SELECT array_agg(CASE WHEN l > 0 AND l > b - behind AND moment - b > behind + 1 THEN (
               SELECT moment - NULLIF(LEAST(extract(epoch FROM min(run_at)), moment), moment) FROM jobs
               WHERE state = 'queued' AND slotted AND of_key.key = ANY (limit_keys))
           END ORDER BY nth)
    INTO shift
    FROM unnest(keys, busy, line, burst) WITH ORDINALITY AS of_key (key, b, l, behind, nth);
    IF cardinality(array_remove(shift, NULL)) > 0 THEN
        SELECT array_agg(l + COALESCE(by, 0) ORDER BY nth) INTO line
        FROM unnest(line, shift) WITH ORDINALITY AS of_key (l, by, nth);
        UPDATE jobs SET run_at = run_at + make_interval(secs => (
            SELECT max(by) FROM unnest(keys, shift) AS of_key (key, by)
            WHERE key = ANY (jobs.limit_keys)))
        WHERE jobs.id IN (
            SELECT jobs.id FROM jobs
            WHERE state = 'queued' AND slotted AND limit_keys && (
                SELECT array_agg(key) FROM unnest(keys, shift) AS of_key (key, by)
                WHERE by IS NOT NULL)
            FOR UPDATE SKIP LOCKED);
    END IF;

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
                        line[at] := GREATEST(line[at], place + interval_of[at]);
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
