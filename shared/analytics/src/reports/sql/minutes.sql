SELECT 29 - floor(extract(epoch FROM $1::timestamptz - occurred_at) / 60)::int AS at, count(*) AS count
FROM events
WHERE name IN ('reading.created', 'message.created')
    AND occurred_at > $1::timestamptz - interval '30 minutes' AND occurred_at <= $1::timestamptz
    AND ($2::uuid IS NULL OR account_id = $2::uuid
        OR ($2::uuid = '00000000-0000-0000-0000-000000000000' AND account_id IS NOT DISTINCT FROM user_id))
GROUP BY 1 ORDER BY 1
