-- The calls of each provider in the last hour: how many, how they ended, how long they took (seconds).
CREATE OR REPLACE VIEW provider_calls_of_hour AS
SELECT provider,
    count(*) AS calls,
    count(*) FILTER (WHERE state = 'answered') AS answered,
    count(*) FILTER (WHERE state IN ('useless', 'refused', 'unknown')) AS failed,
    sum(cost_micro_usd)::BIGINT AS cost_micro_usd,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM ended_at - began_at)::FLOAT8)
        FILTER (WHERE state = 'answered') AS median_seconds
FROM paid_calls WHERE began_at > now() - interval '1 hour'
GROUP BY provider;
