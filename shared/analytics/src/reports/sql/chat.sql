SELECT width_bucket(bucket, $1::timestamptz[]) - 1 AS at, sum(messages)::bigint AS messages,
    sum(replies)::bigint AS replies, sum(failures)::bigint AS failures
FROM chat_activity_quarter
WHERE bucket >= ($1::timestamptz[])[1] AND bucket < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
GROUP BY 1 ORDER BY 1
