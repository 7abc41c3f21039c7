-- Feedback is a person's words, and stands with the reading.
UPDATE audit_logs SET old_value = old_value - 'feedback_text', new_value = new_value - 'feedback_text'
WHERE action = 'analysis_rated';
