DROP POLICY owner_prunes ON audit_logs;
DROP POLICY owner_forgets ON audit_logs;
DROP POLICY owner_adds ON audit_logs;
DROP POLICY owner_reads ON audit_logs;
ALTER TABLE audit_logs NO FORCE ROW LEVEL SECURITY;
DROP FUNCTION IF EXISTS audit_logs_prune(BIGINT);
DROP FUNCTION IF EXISTS audit_logs_forget(UUID);
