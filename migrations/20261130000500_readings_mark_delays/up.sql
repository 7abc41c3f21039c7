-- When the person was told in the chat that their reading takes longer: once.
ALTER TABLE analysis_history ADD COLUMN delay_told_at TIMESTAMPTZ;
