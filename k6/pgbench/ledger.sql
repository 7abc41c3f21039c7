-- What pgbench has left behind, as one JSON object: each transaction of accept.sql has written a reading and its job.
SELECT jsonb_build_object(
    'readings', (SELECT count(*) FROM analysis_history WHERE image_url LIKE 'pgbench/%'),
    'jobs', (SELECT count(*) FROM jobs WHERE kind = 'analyses.prepare_image.v1'),
    'done', (SELECT count(*) FROM jobs WHERE kind = 'analyses.prepare_image.v1' AND state = 'done'),
    'running', (SELECT count(*) FROM jobs WHERE state = 'running'),
    'deadlocks', (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()))
