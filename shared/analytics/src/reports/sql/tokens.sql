SELECT width_bucket(bucket, $1::timestamptz[]) - 1 AS at, plan, sum(replies)::bigint AS replies,
    sum(tokens_in)::bigint AS tokens_in, sum(tokens_out)::bigint AS tokens_out
FROM tokens_by_plan_quarter
WHERE bucket >= ($1::timestamptz[])[1] AND bucket < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
    AND ($3::text IS NULL OR plan = $3::text)
GROUP BY 1, 2 ORDER BY 1, 2
