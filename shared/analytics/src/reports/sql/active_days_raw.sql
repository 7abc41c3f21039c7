-- A person counts from a day on which they are active until the window from it ends, or the next such day begins: so
-- each day is a step up and a step down, and no day is joined with the 29 before it.
WITH seen AS (
    SELECT DISTINCT (occurred_at AT TIME ZONE $4::text)::date AS day, user_id FROM events
    WHERE name IN ('person.signed_in', 'reading.created', 'message.created', 'key.used')
        AND user_id IS NOT NULL
        AND occurred_at >= ($1::date - 29)::timestamp AT TIME ZONE $4::text
        AND occurred_at < ($2::date + 1)::timestamp AT TIME ZONE $4::text
        AND ($3::uuid IS NULL OR account_id = $3::uuid
            OR ($3::uuid = '00000000-0000-0000-0000-000000000000' AND account_id IS NOT DISTINCT FROM user_id))),
near AS (
    SELECT day, lead(day) OVER (PARTITION BY user_id ORDER BY day) AS next FROM seen),
steps AS (
    SELECT day, 1 AS dau, 1 AS wau, 1 AS mau FROM near
    UNION ALL SELECT day + 1, -1, 0, 0 FROM near
    UNION ALL SELECT LEAST(day + 7, next), 0, -1, 0 FROM near
    UNION ALL SELECT LEAST(day + 30, next), 0, 0, -1 FROM near),
stairs AS (
    SELECT day, sum(dau) AS dau, sum(wau) AS wau, sum(mau) AS mau FROM steps GROUP BY day
    UNION ALL SELECT days::date, 0, 0, 0
    FROM generate_series($1::date::timestamp, $2::date::timestamp, interval '1 day') AS days),
summed AS (
    SELECT DISTINCT ON (day) day, sum(dau) OVER up AS dau, sum(wau) OVER up AS wau, sum(mau) OVER up AS mau
    FROM stairs WINDOW up AS (ORDER BY day))
SELECT day, dau::bigint AS dau, wau::bigint AS wau, mau::bigint AS mau
FROM summed WHERE day BETWEEN $1::date AND $2::date ORDER BY day
