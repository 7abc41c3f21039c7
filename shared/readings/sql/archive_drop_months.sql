-- Drops the partitions of the archive that ended more than so many months ago, one at least; returns their names. It
-- waits for the tables half a second at most, because all others wait behind it. With the rights of the tables' owner;
-- see archive_make_month.
CREATE OR REPLACE FUNCTION archive_drop_months(kept INTEGER) RETURNS SETOF TEXT AS $$
DECLARE
    partition TEXT;
BEGIN
    FOR partition IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'analysis_archive'::regclass
          AND (to_date(right(relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC'
              <= now() - make_interval(months => GREATEST(kept, 1))
        ORDER BY relname
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        RETURN NEXT partition;
    END LOOP;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms';
REVOKE ALL ON FUNCTION archive_drop_months FROM PUBLIC;
