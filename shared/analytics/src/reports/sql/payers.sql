SELECT width_bucket(moved_at, $1::timestamptz[]) - 1 AS at, currency, count(DISTINCT account_id) AS payers
FROM (
    SELECT COALESCE((data ->> 'at')::timestamptz, occurred_at) AS moved_at, data ->> 'currency' AS currency, account_id
    FROM events
    -- It is told when it is known: then, or later.
    WHERE name = 'payment.booked' AND data ->> 'kind' = 'paid' AND account_id IS NOT NULL
        AND occurred_at >= ($1::timestamptz[])[1]
        AND ($2::uuid IS NULL OR account_id = $2::uuid
            OR ($2::uuid = '00000000-0000-0000-0000-000000000000' AND account_id IS NOT DISTINCT FROM user_id))
        AND ($3::text IS NULL OR data ->> 'tier' = $3::text)
        AND ($4::text IS NULL OR data ->> 'currency' = $4::text)) AS paid
WHERE moved_at >= ($1::timestamptz[])[1] AND moved_at < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND currency IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 2
