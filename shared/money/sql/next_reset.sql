-- When a window that begins at a moment ends: the next local midnight, or the next local first of the month.
-- The ends of two windows lie at least 20 hours (20 days) apart, so that no change of the time zone makes a
-- window short; where the zone stays, they always do. `previous` is the end of the window before; NULL: there
-- was none.
CREATE OR REPLACE FUNCTION next_reset(
    unit TEXT, timezone TEXT, previous TIMESTAMPTZ, moment TIMESTAMPTZ
) RETURNS TIMESTAMPTZ AS $$
    SELECT min(ends) FROM generate_series(1, 3) AS n, LATERAL (
        SELECT (date_trunc(unit, moment AT TIME ZONE timezone) + n * ('1 ' || unit)::INTERVAL)
            AT TIME ZONE timezone AS ends) AS candidate
    WHERE ends > moment AND (previous IS NULL OR ends >= previous
        + CASE unit WHEN 'day' THEN INTERVAL '20 hours' ELSE INTERVAL '20 days' END);
$$ LANGUAGE sql STABLE;
