-- $1 and $2 are the edges of the same periods, of which the first $3 have cohorts.
WITH cohorts AS (
    SELECT user_id, width_bucket(signed_up_at, $1::timestamptz[]) - 1 AS at FROM analytics_people
    WHERE signed_up_at >= ($1::timestamptz[])[1] AND signed_up_at < ($1::timestamptz[])[$3::int + 1]
        AND ($4::uuid IS NULL OR organization_id = $4::uuid)
        AND ($5::text IS NULL OR signup_plan = $5::text)),
seen AS (
    SELECT DISTINCT user_id, width_bucket(day, $2::date[]) - 1 AS at FROM active_users_daily
    WHERE day >= ($2::date[])[1] AND day < ($2::date[])[cardinality($2::date[])])
SELECT at, 0 AS period, count(*) AS users FROM cohorts GROUP BY at
UNION ALL
SELECT cohorts.at, seen.at - cohorts.at, count(*) FROM cohorts JOIN seen USING (user_id)
WHERE seen.at > cohorts.at GROUP BY 1, 2
ORDER BY 1, 2
