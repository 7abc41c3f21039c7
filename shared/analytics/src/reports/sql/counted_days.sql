-- The days that are counted for good: of the last two, events may be read late. The greatest UUID stands for all together.
SELECT days::date AS day, COALESCE(dau, 0) AS dau, COALESCE(wau, 0) AS wau, COALESCE(mau, 0) AS mau
FROM generate_series($1::date::timestamp,
    LEAST($2::date, (SELECT max(day) FROM active_counts_daily) - 2)::timestamp, interval '1 day') AS days
LEFT JOIN active_counts_daily AS counts ON counts.day = days::date
    AND counts.organization_id = COALESCE($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
WHERE (SELECT max(day) FROM active_counts_daily) IS NOT NULL
ORDER BY 1
