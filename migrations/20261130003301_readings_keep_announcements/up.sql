-- The message in the chat that says how far a reading is.
ALTER TABLE analysis_history ADD COLUMN announcement_id BIGINT;
