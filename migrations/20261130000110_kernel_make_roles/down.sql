-- The roles stay: other databases of this server may use them.
DO $$
DECLARE
    granted RECORD;
BEGIN
    FOR granted IN SELECT relname, polname FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
        WHERE polname = 'programs'
    LOOP
        EXECUTE format('DROP POLICY %I ON %I', granted.polname, granted.relname);
    END LOOP;
    FOR granted IN SELECT rolname FROM pg_roles WHERE rolname IN ('symancy_api', 'symancy_worker') LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), granted.rolname);
        EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM %I', current_schema(), granted.rolname);
    END LOOP;
END;
$$;
