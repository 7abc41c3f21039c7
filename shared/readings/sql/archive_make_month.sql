-- Makes the partition of the archive for the month of a moment, by UTC, if it is missing; returns its name then. The
-- worker, which may change no table, calls it with the rights of the tables' owner. It waits for the readings half a
-- second at most, because all who write to them wait behind it. A month that was detached keeps its name, so what comes
-- of it later goes to another one.
CREATE OR REPLACE FUNCTION archive_make_month(moment TIMESTAMPTZ) RETURNS SETOF TEXT AS $$
DECLARE
    month CONSTANT TIMESTAMP := date_trunc('month', moment AT TIME ZONE 'UTC');
    suffix CONSTANT TEXT := to_char(month, 'YYYY_MM');
    partition TEXT := 'analysis_archive_' || suffix;
    number INTEGER := 1;
BEGIN
    FOR turn IN 1..2 LOOP
        IF EXISTS (SELECT FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
                   WHERE inhparent = 'analysis_archive'::regclass AND right(relname, 7) = suffix) THEN
            RETURN;
        END IF;
        -- One at a time, and then the second look. Attached, because making a partition in place would wait for all who
        -- read the archive.
        LOCK TABLE analysis_archive IN SHARE UPDATE EXCLUSIVE MODE;
    END LOOP;
    WHILE to_regclass(partition) IS NOT NULL LOOP
        number := number + 1;
        partition := format('analysis_archive_%s_%s', number, suffix);
    END LOOP;
    EXECUTE format('CREATE TABLE %I (LIKE analysis_archive INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
    EXECUTE format('ALTER TABLE analysis_archive ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition,
        month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    RETURN NEXT partition;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms';
REVOKE ALL ON FUNCTION archive_make_month FROM PUBLIC;
