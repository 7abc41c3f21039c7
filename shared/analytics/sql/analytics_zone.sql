-- The zone whose days the sums of days are of.
CREATE OR REPLACE FUNCTION analytics_zone() RETURNS TEXT AS $$
    SELECT zone FROM analytics_settings
$$ LANGUAGE sql STABLE;
