-- The plan of a person at a moment: that of the last day until then on which they were active, or else that with which
-- they signed up.
WITH ends AS (
    SELECT (number - 2)::int AS at, edge, ($2::date[])[number] AS day, ($2::date[])[number - 1] AS first
    FROM unnest($1::timestamptz[]) WITH ORDINALITY AS edges (edge, number) WHERE number > 1),
owned AS (
    SELECT ends.at, COALESCE(last.plan, people.signup_plan) AS plan, last.day >= ends.first AS active
    FROM ends JOIN analytics_people AS people ON people.signed_up_at < ends.edge
    LEFT JOIN LATERAL (
        SELECT plan, day FROM active_users_daily AS seen
        WHERE seen.user_id = people.user_id AND seen.day < ends.day ORDER BY seen.day DESC LIMIT 1) AS last ON true
    WHERE $3::uuid IS NULL OR people.organization_id = $3::uuid)
SELECT at, plan, count(*) AS users, count(*) FILTER (WHERE active) AS active FROM owned
WHERE $4::text IS NULL OR plan = $4::text
GROUP BY 1, 2 ORDER BY 1, 2
