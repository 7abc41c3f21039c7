SELECT width_bucket(occurred_at, $1::timestamptz[]) - 1 AS at, count(DISTINCT user_id) AS count
FROM events
WHERE name IN ('person.signed_in', 'reading.created', 'message.created', 'key.used')
    AND occurred_at >= ($1::timestamptz[])[1] AND occurred_at < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND ($2::uuid IS NULL OR account_id = $2::uuid
            OR ($2::uuid = '00000000-0000-0000-0000-000000000000' AND account_id IS NOT DISTINCT FROM user_id))
GROUP BY 1 ORDER BY 1
