SELECT width_bucket(day, $1::date[]) - 1 AS at, count(DISTINCT user_id) AS count
FROM active_users_daily
WHERE day >= ($1::date[])[1] AND day < ($1::date[])[cardinality($1::date[])]
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
    AND ($3::text IS NULL OR plan = $3::text)
GROUP BY 1 ORDER BY 1
