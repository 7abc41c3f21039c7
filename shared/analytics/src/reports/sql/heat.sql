SELECT extract(isodow FROM bucket AT TIME ZONE $3::text)::int AS weekday,
    extract(hour FROM bucket AT TIME ZONE $3::text)::int AS hour, sum(messages)::bigint AS messages
FROM chat_activity_quarter
WHERE bucket >= ($1::timestamptz[])[1] AND bucket < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
GROUP BY 1, 2 ORDER BY 1, 2
