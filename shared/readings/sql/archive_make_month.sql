-- Makes the partition of the archive for the month of a moment, by UTC, if it is missing; returns its name then. The
-- worker, which may change no table, calls it with the rights of the tables' owner. It waits for the readings half a
-- second at most, because all who write to them wait behind it.
CREATE OR REPLACE FUNCTION archive_make_month(moment TIMESTAMPTZ) RETURNS SETOF TEXT AS $$
DECLARE
    month CONSTANT TIMESTAMP := date_trunc('month', moment AT TIME ZONE 'UTC');
    partition CONSTANT TEXT := 'analysis_archive_' || to_char(month, 'YYYY_MM');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    -- One at a time. Attached, because making a partition in place would wait for all who read the archive.
    LOCK TABLE analysis_archive IN SHARE UPDATE EXCLUSIVE MODE;
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE analysis_archive INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
    EXECUTE format('ALTER TABLE analysis_archive ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition,
        month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    RETURN NEXT partition;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms';
REVOKE ALL ON FUNCTION archive_make_month FROM PUBLIC;
