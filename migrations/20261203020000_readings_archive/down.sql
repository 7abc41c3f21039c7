-- What they say comes back to their rows; what stands in partitions that were detached does not.
UPDATE analysis_history SET analysis = kept.analysis, vision = kept.vision
FROM analysis_archive AS kept
WHERE kept.analysis_id = analysis_history.id AND kept.created_at = analysis_history.created_at;
DROP FUNCTION IF EXISTS archive_drop_months;
DROP FUNCTION IF EXISTS archive_make_month;
DROP FUNCTION IF EXISTS archived_text;
DROP FUNCTION IF EXISTS archived_vision;
DROP TABLE analysis_archive;
ALTER TABLE analysis_history DROP COLUMN archived_at;
