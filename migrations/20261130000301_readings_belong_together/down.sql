ALTER TABLE analysis_history DROP COLUMN about_id;
ALTER TABLE message_context DROP COLUMN analysis_id;
