-- A worker's round: claims up to 16 jobs of what accept.sql has written, closes them, and lets those go on that waited
-- for the same people.
SELECT COALESCE(array_agg(id) FILTER (WHERE id IS NOT NULL), '{}')::text AS ids,
    COALESCE(array_agg(fence) FILTER (WHERE id IS NOT NULL), '{}')::text AS fences,
    COALESCE(array_agg(limit_keys[1]) FILTER (WHERE id IS NOT NULL), '{}')::text AS keys
FROM jobs_claim('image', '{analyses.prepare_image.v1}', '{1,2,3}', 16, 64, 'pgbench-' || :client_id, 15,
    '{"user": {"running": 3}}')
\gset
WITH mine AS (
    SELECT jobs.id FROM jobs JOIN unnest(:ids::uuid[], :fences::bigint[]) AS held (id, fence)
      ON jobs.id = held.id AND jobs.fence = held.fence
    WHERE jobs.worker = 'pgbench-' || :client_id AND jobs.state = 'running'
    ORDER BY jobs.id FOR UPDATE OF jobs)
UPDATE jobs SET state = 'done', finished_at = now(), lease_until = NULL
FROM mine WHERE jobs.id = mine.id;
SELECT jobs_release(:keys::text[], '{"user": {"running": 3}}');
