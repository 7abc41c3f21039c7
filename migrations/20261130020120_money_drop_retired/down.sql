-- Earlier migrations take their views back with it.
CREATE FUNCTION next_local(unit TEXT, timezone TEXT) RETURNS TIMESTAMPTZ AS $$
    SELECT (date_trunc(unit, now() AT TIME ZONE timezone) + ('1 ' || unit)::INTERVAL)
        AT TIME ZONE timezone;
$$ LANGUAGE sql STABLE;
