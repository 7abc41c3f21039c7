SELECT width_bucket(bucket, $1::timestamptz[]) - 1 AS at, plan, sum(signups)::bigint AS signups,
    sum(verified)::bigint AS verified, sum(deleted)::bigint AS deleted
FROM user_signups_quarter
WHERE bucket >= ($1::timestamptz[])[1] AND bucket < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
    AND ($3::text IS NULL OR plan = $3::text)
GROUP BY 1, 2 ORDER BY 1, 2
