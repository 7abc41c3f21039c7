-- What a reading says that is in the archive; `rest`, what its row has kept, if its partition is there no more. The
-- moment, which is that of the reading, leads to the one partition.
-- VOLATILE, so that it sees what was moved while its statement waited for the row.
CREATE OR REPLACE FUNCTION archived_text(reading uuid, moment timestamptz, rest jsonb)
RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT COALESCE((SELECT kept.analysis FROM analysis_archive AS kept
                     WHERE kept.analysis_id = reading AND kept.created_at = moment), rest)
$$;
