-- What the AI saw in the cup of a reading that is in the archive; NULL if its partition is there no more. See
-- archived_text.
CREATE OR REPLACE FUNCTION archived_vision(reading uuid, moment timestamptz)
RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT kept.vision FROM analysis_archive AS kept
    WHERE kept.analysis_id = reading AND kept.created_at = moment
$$;
