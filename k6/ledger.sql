-- What became of the readings of a run, as one JSON object (psql, after `COPY answered (id)` into a temporary table:
-- the ids that were answered with 202). The readings of k6/seed.sql do not count: their photos are below `k6/`.
WITH readings AS (
    SELECT id, user_id, status, unit_returned, created_at, completed_at, delivered_at FROM analysis_history
    WHERE image_url NOT LIKE 'k6/%'
), steps AS (
    -- Jobs that bring a reading on, while they live.
    SELECT (args ->> 'analysis_id')::uuid AS reading, count(*) AS live FROM jobs
    WHERE kind IN ('analyses.prepare_image.v1', 'analyses.read_cup.v1', 'analyses.interpret.v1')
      AND state IN ('queued', 'running')
    GROUP BY 1
), paid AS (
    -- Answers of the AI beyond one for each step, and one more for each call whose end was not seen.
    SELECT GREATEST(count(*) FILTER (WHERE state IN ('answered', 'useless'))
        - 1 - count(*) FILTER (WHERE doubted_at IS NOT NULL), 0) AS beyond
    FROM paid_calls JOIN readings ON readings.id = subject_id
    GROUP BY subject_id, step
), told AS (
    SELECT name, data ->> 'reading' AS reading, count(*) AS times FROM events
    WHERE name IN ('reading.created', 'reading.ended')
    GROUP BY 1, 2
), times AS (
    -- A reading that is not complete has taken at least until now.
    SELECT extract(epoch FROM COALESCE(completed_at, now()) - created_at) AS cycle,
        extract(epoch FROM delivered_at - created_at) AS delivered
    FROM readings
)
SELECT jsonb_build_object(
    'answered', (SELECT count(DISTINCT id) FROM answered),
    'accepted', (SELECT count(*) FROM readings),
    'done', (SELECT count(*) FROM readings WHERE status = 'completed'),
    'running', (SELECT count(*) FROM readings WHERE status IN ('pending', 'processing')),
    'failed', (SELECT count(*) FROM readings WHERE status IN ('failed', 'canceled')),
    'lost', (SELECT count(*) FROM (SELECT id FROM answered EXCEPT SELECT id FROM readings) AS gone),
    'stuck', (SELECT count(*) FROM readings LEFT JOIN steps ON steps.reading = readings.id
        WHERE status IN ('pending', 'processing') AND live IS NULL),
    'dead', (SELECT count(*) FROM jobs WHERE state = 'dead'),
    'answered_twice', (SELECT count(*) - count(DISTINCT id) FROM answered),
    'at_work_twice', (SELECT count(*) FROM steps WHERE live > 1),
    'told_twice', (SELECT count(*) FROM told WHERE times > 1),
    'not_told', (SELECT count(*) FROM readings LEFT JOIN told ON told.reading = readings.id::text
        AND name = 'reading.ended' WHERE status = 'completed' AND told.reading IS NULL),
    'paid_beyond', (SELECT COALESCE(sum(beyond), 0) FROM paid),
    'units_taken', (SELECT sum(day_used) FROM meters JOIN users ON users.id = account_id
        WHERE unit = 'analyses' AND telegram_id BETWEEN 1000000 AND 4999999),
    'units_owed', (SELECT count(*) FROM readings JOIN users ON users.id = user_id
        WHERE NOT unit_returned AND telegram_id BETWEEN 1000000 AND 4999999),
    'deadlocks', (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()),
    'cycle', (SELECT jsonb_build_object(
        'median', percentile_cont(0.5) WITHIN GROUP (ORDER BY cycle),
        'p95', percentile_cont(0.95) WITHIN GROUP (ORDER BY cycle), 'slowest', max(cycle)) FROM times),
    'delivered', (SELECT jsonb_build_object('number', count(delivered),
        'p95', percentile_cont(0.95) WITHIN GROUP (ORDER BY delivered), 'slowest', max(delivered)) FROM times))
