-- The role stays: other databases of this server may use it.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['users', 'subscriptions', 'payments', 'usage_limits',
        'analysis_history', 'message_context', 'audit_logs', 'privacy_requests']
    LOOP
        EXECUTE format('DROP POLICY own_rows ON %I', name);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', name);
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'symancy_person') THEN
            EXECUTE format('REVOKE ALL ON %I FROM symancy_person', name);
        END IF;
    END LOOP;
END;
$$;
DROP FUNCTION current_person();
