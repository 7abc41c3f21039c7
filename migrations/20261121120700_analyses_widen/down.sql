DROP INDEX idx_analysis_one_per_message, idx_analysis_user_focus_created, idx_analysis_user_created;
CREATE INDEX idx_analysis_user_created ON analysis_history (user_id, created_at DESC);
CREATE INDEX idx_analysis_focus_area ON analysis_history (focus_area);

DROP TRIGGER analysis_history_revision ON analysis_history;
DROP FUNCTION next_revision();

DELETE FROM analysis_history WHERE status = 'canceled';
CREATE TYPE analysis_status_old AS ENUM ('pending', 'processing', 'completed', 'failed');
ALTER TABLE analysis_history
    DROP CONSTRAINT completed_means_read,
    DROP CONSTRAINT failed_means_why,
    DROP COLUMN thumbnail_key,
    DROP COLUMN queue_priority,
    DROP COLUMN revision,
    DROP COLUMN unit_daily_reset_at,
    DROP COLUMN unit_monthly_reset_at,
    DROP COLUMN unit_returned,
    ALTER COLUMN status DROP DEFAULT,
    ALTER COLUMN status TYPE analysis_status_old USING status::text::analysis_status_old,
    ALTER COLUMN status SET DEFAULT 'pending',
    ADD CONSTRAINT completed_means_read
        CHECK (status <> 'completed' OR (analysis ? 'intro' AND completed_at IS NOT NULL)),
    ADD CONSTRAINT failed_means_why
        CHECK (status <> 'failed' OR error_code IS NOT NULL);
DROP TYPE analysis_status;
ALTER TYPE analysis_status_old RENAME TO analysis_status;
