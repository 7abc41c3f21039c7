SELECT width_bucket(bucket, $1::timestamptz[]) - 1 AS at, currency, plan, movement, sum(delta)::bigint AS delta,
    sum(customers)::bigint AS customers
FROM mrr_movements_quarter
WHERE bucket < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
    AND ($3::text IS NULL OR plan = $3::text)
    AND ($4::text IS NULL OR currency = $4::text)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
