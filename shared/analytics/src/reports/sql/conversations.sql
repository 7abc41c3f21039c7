SELECT width_bucket(created_at, $1::timestamptz[]) - 1 AS at, count(*) AS created, sum(messages)::bigint AS messages,
    count(*) FILTER (WHERE messages = 1) AS single,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM last_at - created_at)::float8 / 60) AS median_minutes
FROM analytics_conversations
WHERE created_at >= ($1::timestamptz[])[1] AND created_at < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
GROUP BY 1 ORDER BY 1
