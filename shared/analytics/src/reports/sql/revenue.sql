SELECT width_bucket(bucket, $1::timestamptz[]) - 1 AS at, currency, plan, sum(gross)::bigint AS gross,
    sum(refunded)::bigint AS refunded, sum(payments)::bigint AS payments, sum(failures)::bigint AS failures
FROM revenue_quarter
WHERE bucket >= ($1::timestamptz[])[1] AND bucket < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
    AND ($3::text IS NULL OR plan = $3::text)
    AND ($4::text IS NULL OR currency = $4::text)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
