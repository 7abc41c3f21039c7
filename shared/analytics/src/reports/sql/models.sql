SELECT width_bucket(bucket, $1::timestamptz[]) - 1 AS at, provider, model, sum(calls)::bigint AS calls,
    sum(answered)::bigint AS answered, sum(replies)::bigint AS replies,
    (sum(tokens_in) + sum(tokens_out))::bigint AS tokens, sum(tokens_out)::bigint AS tokens_out,
    sum(cost_micro_usd)::bigint AS cost_micro_usd, sum(unknown_outcomes)::bigint AS unknown_outcomes,
    sum(fallback_in)::bigint AS fallback_in, sum(fallback_out)::bigint AS fallback_out
FROM model_usage_quarter
WHERE bucket >= ($1::timestamptz[])[1] AND bucket < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
    AND ($3::text IS NULL OR provider = $3::text)
    AND ($4::text IS NULL OR model = $4::text)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
