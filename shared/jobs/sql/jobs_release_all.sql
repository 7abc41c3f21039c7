-- The same for every key that jobs wait for: after a crash, or when limits have changed.
CREATE OR REPLACE FUNCTION jobs_release_all(in_limits jsonb) RETURNS SETOF text
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
