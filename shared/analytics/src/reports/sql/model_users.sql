SELECT provider, model, count(DISTINCT user_id) AS users FROM model_users_daily
WHERE day >= $1::date AND day <= $2::date
    AND ($3::uuid IS NULL OR organization_id = $3::uuid)
    AND ($4::text IS NULL OR provider = $4::text)
    AND ($5::text IS NULL OR model = $5::text)
GROUP BY 1, 2 ORDER BY 1, 2
