-- Drops the partitions of usage_logs that ended more than so many months ago, one at least; returns their names. As
-- events_drop_months.
CREATE OR REPLACE FUNCTION usage_drop_months(kept INTEGER) RETURNS SETOF TEXT AS $$
DECLARE
    partition TEXT;
BEGIN
    FOR partition IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'usage_logs'::regclass
          AND (to_date(right(relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC'
              <= now() - make_interval(months => GREATEST(kept, 1))
        ORDER BY relname
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        RETURN NEXT partition;
    END LOOP;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms';
REVOKE ALL ON FUNCTION usage_drop_months FROM PUBLIC;
