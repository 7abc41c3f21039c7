SELECT 0 AS at, COALESCE(sum(signups) - sum(deleted), 0)::bigint AS count
FROM user_signups_quarter
WHERE bucket < $1::timestamptz
    AND ($2::uuid IS NULL OR organization_id = $2::uuid)
    AND ($3::text IS NULL OR plan = $3::text)
