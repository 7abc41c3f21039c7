SELECT to_char(first_paid_at AT TIME ZONE $1::text, 'YYYY-MM') AS month, currency, count(*) AS customers,
    sum(paid_total)::bigint AS paid
FROM analytics_customers
WHERE first_paid_at IS NOT NULL
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
    AND ($3::text IS NULL OR plan = $3::text)
    AND ($4::text IS NULL OR currency = $4::text)
GROUP BY 1, 2 ORDER BY 1, 2
