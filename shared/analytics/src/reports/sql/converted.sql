SELECT width_bucket(signed_up_at, $1::timestamptz[]) - 1 AS at, count(*) AS signups, count(first_paid_at) AS paid
FROM analytics_people
WHERE signed_up_at >= ($1::timestamptz[])[1] AND signed_up_at < ($1::timestamptz[])[cardinality($1::timestamptz[])]
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
    AND ($3::text IS NULL OR signup_plan = $3::text)
GROUP BY 1 ORDER BY 1
