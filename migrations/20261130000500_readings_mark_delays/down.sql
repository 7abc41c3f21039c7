ALTER TABLE analysis_history DROP COLUMN delay_told_at;
