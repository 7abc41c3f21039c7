-- Takes one token of each rate for a call inside a running job. Returns the seconds to wait first;
-- nothing is taken unless that is 0.
CREATE OR REPLACE FUNCTION jobs_take_token(in_keys text[], in_limits jsonb) RETURNS double precision
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
