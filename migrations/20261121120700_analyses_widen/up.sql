-- What the whole API needs of a reading: an end by the person's own wish, a version for those who
-- wait for it, a thumbnail, and which unit of the plan it took.
CREATE TYPE analysis_status_new AS ENUM ('pending', 'processing', 'completed', 'failed', 'canceled');
ALTER TABLE analysis_history
    DROP CONSTRAINT completed_means_read,
    DROP CONSTRAINT failed_means_why,
    ALTER COLUMN status DROP DEFAULT,
    ALTER COLUMN status TYPE analysis_status_new USING status::text::analysis_status_new,
    ALTER COLUMN status SET DEFAULT 'pending',
    ADD COLUMN thumbnail_key TEXT,
    -- That of the plan it was accepted by, for the jobs of all its steps (see jobs.priority).
    ADD COLUMN queue_priority SMALLINT NOT NULL DEFAULT 2 CHECK (queue_priority BETWEEN 1 AND 3),
    -- Grows with every change: the ETag, and the id of the event that tells of it.
    ADD COLUMN revision INTEGER NOT NULL DEFAULT 1,
    -- The windows of the plan that its unit was taken from, to give it back to the same.
    ADD COLUMN unit_daily_reset_at TIMESTAMPTZ,
    ADD COLUMN unit_monthly_reset_at TIMESTAMPTZ,
    ADD COLUMN unit_returned BOOLEAN NOT NULL DEFAULT FALSE,
    ADD CONSTRAINT completed_means_read
        CHECK (status <> 'completed' OR (analysis ? 'intro' AND completed_at IS NOT NULL)),
    ADD CONSTRAINT failed_means_why
        CHECK (status <> 'failed' OR error_code IS NOT NULL);
DROP TYPE analysis_status;
ALTER TYPE analysis_status_new RENAME TO analysis_status;

CREATE FUNCTION next_revision() RETURNS TRIGGER AS $$
BEGIN
    NEW.revision = OLD.revision + 1;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER analysis_history_revision BEFORE UPDATE ON analysis_history
    FOR EACH ROW EXECUTE FUNCTION next_revision();

-- The list of one person, newest first, from any place in it. Ids break ties.
DROP INDEX idx_analysis_user_created, idx_analysis_focus_area;
CREATE INDEX idx_analysis_user_created ON analysis_history (user_id, created_at DESC, id DESC);
CREATE INDEX idx_analysis_user_focus_created
    ON analysis_history (user_id, focus_area, created_at DESC, id DESC);
-- Before this a message could be read more than once: the first reading keeps its number.
UPDATE analysis_history AS later SET message_id = NULL
FROM analysis_history AS first
WHERE later.user_id = first.user_id AND later.message_id = first.message_id
  AND later.chat_id IS NULL AND first.chat_id IS NULL
  AND (later.created_at, later.id) > (first.created_at, first.id);
-- One reading for each message: n8n sends again what it is not sure of. (Photos that come from the
-- bot's own chat are known by their update.)
CREATE UNIQUE INDEX idx_analysis_one_per_message ON analysis_history (user_id, message_id)
    WHERE message_id IS NOT NULL AND chat_id IS NULL;
