-- The audit log is not rewritten: not even by the owner of the tables, as which the programs connect where
-- there are no roles of their own. A line is added; its values are taken out when the person goes; it is
-- deleted after 90 days. (A superuser is not bound, and the owner may lift this by an ALTER TABLE.)
-- The owner is found by the table, so that a database restored under another name works.
ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_reads ON audit_logs FOR SELECT USING (
    (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'audit_logs'::regclass));
CREATE POLICY owner_adds ON audit_logs FOR INSERT WITH CHECK (
    (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'audit_logs'::regclass));
CREATE POLICY owner_forgets ON audit_logs FOR UPDATE USING (
    (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'audit_logs'::regclass))
    WITH CHECK (user_id IS NULL AND ip_address IS NULL AND user_agent IS NULL AND old_value IS NULL
        AND new_value IS NULL AND entity_id IS NULL);
CREATE POLICY owner_prunes ON audit_logs FOR DELETE USING (
    created_at < now() - interval '90 days'
    AND (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'audit_logs'::regclass));
