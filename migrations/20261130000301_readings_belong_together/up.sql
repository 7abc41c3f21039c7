-- What was said about a reading, and what was asked about it, go with it.
ALTER TABLE message_context
    ADD COLUMN analysis_id UUID REFERENCES analysis_history (id) ON DELETE CASCADE;
CREATE INDEX idx_message_context_analysis ON message_context (analysis_id)
    WHERE analysis_id IS NOT NULL;

-- Of the answer to a question: the reading that was asked about.
ALTER TABLE analysis_history
    ADD COLUMN about_id UUID REFERENCES analysis_history (id) ON DELETE CASCADE;
CREATE INDEX idx_analysis_about ON analysis_history (about_id) WHERE about_id IS NOT NULL;

UPDATE message_context AS said SET analysis_id = reading.id
FROM analysis_history AS reading
WHERE reading.user_id = said.user_id AND reading.chat_id IS NOT NULL
  AND (reading.message_id = said.message_id OR said.message_id = ANY (reading.delivery_message_ids));
