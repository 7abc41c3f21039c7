SELECT width_bucket(bucket, $1::timestamptz[]) - 1 AS at, provider, '' AS model, kind, phase,
    0::smallint AS histogram, sum(calls)::bigint AS calls
FROM provider_performance_quarter
WHERE bucket >= ($1::timestamptz[])[1] AND bucket < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
    AND ($3::text IS NULL OR provider = $3::text)
    AND ($4::text IS NULL OR model = $4::text)
    AND phase = 'total'
GROUP BY 1, provider, kind, phase ORDER BY 1, provider, kind
