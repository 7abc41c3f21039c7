WITH used AS (
    SELECT user_id, sum(messages)::bigint AS messages, sum(tokens)::bigint AS tokens,
        sum(cost_micro_usd)::bigint AS cost_micro_usd
    FROM user_usage_daily
    WHERE day >= $1::date AND day <= $2::date AND ($3::uuid IS NULL OR organization_id = $3::uuid)
    GROUP BY user_id),
ranked AS (
    SELECT used.*, people.plan,
        CASE $4::text WHEN 'messages' THEN messages WHEN 'cost' THEN cost_micro_usd ELSE tokens END AS measure
    FROM used LEFT JOIN analytics_people AS people USING (user_id)
    WHERE $5::text IS NULL OR people.plan = $5::text),
placed AS (
    SELECT *, sum(measure) OVER ()::bigint AS total FROM ranked ORDER BY measure DESC, user_id LIMIT $6 OFFSET $7)
SELECT placed.user_id, address.email, placed.plan, messages, tokens, cost_micro_usd, total
FROM placed LEFT JOIN LATERAL (
    SELECT COALESCE(spelling, subject) AS email FROM identities
    WHERE identities.user_id = placed.user_id AND provider = 'email' ORDER BY created_at LIMIT 1) AS address ON true
ORDER BY measure DESC, placed.user_id
