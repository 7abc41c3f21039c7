ALTER TABLE analysis_history DROP COLUMN announcement_id;
