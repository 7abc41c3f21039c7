CREATE OR REPLACE FUNCTION jobs_limit(in_limits jsonb, in_key text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE(in_limits -> in_key, in_limits -> split_part(in_key, ':', 1));
