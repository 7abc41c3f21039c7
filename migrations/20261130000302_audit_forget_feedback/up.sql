-- Feedback is a person's words, and stands with the reading. Row-level security, which is forced since
-- audit_restrict, binds an owner who is no superuser.
ALTER TABLE audit_logs NO FORCE ROW LEVEL SECURITY;
UPDATE audit_logs SET old_value = old_value - 'feedback_text', new_value = new_value - 'feedback_text'
WHERE action = 'analysis_rated';
ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY;
