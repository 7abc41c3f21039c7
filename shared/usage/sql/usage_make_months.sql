-- Makes the partitions of usage_logs of the month of a moment, by UTC, and of those after it, where they are missing;
-- returns their names. As events_make_months.
CREATE OR REPLACE FUNCTION usage_make_months(moment TIMESTAMPTZ, ahead INTEGER) RETURNS SETOF TEXT AS $$
DECLARE
    first CONSTANT TIMESTAMP := date_trunc('month', moment AT TIME ZONE 'UTC');
    month TIMESTAMP;
    partition TEXT;
BEGIN
    FOR month IN SELECT generate_series(first, first + make_interval(months => ahead), interval '1 month') LOOP
        partition := 'usage_logs_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        LOCK TABLE usage_logs IN SHARE UPDATE EXCLUSIVE MODE;
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE usage_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
        EXECUTE format('ALTER TABLE usage_logs ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition,
            month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
        RETURN NEXT partition;
    END LOOP;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE ALL ON FUNCTION usage_make_months FROM PUBLIC;
