-- Row-level security (design document, section 3.2). The owner of the tables, which is what the
-- programs connect as, is not bound by it. Whoever connects as a member of symancy_person sees the
-- rows of the one person that `symancy.user_id` names, and can change nothing:
--
--     SET symancy.user_id = '<users.id>'; SELECT * FROM analysis_history;
--
-- Roles belong to the whole server: another database of ours may have made it already, and where we
-- may not make roles the policies stand all the same.
DO $$
BEGIN
    CREATE ROLE symancy_person NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN RAISE NOTICE 'the role symancy_person was not made';
END;
$$;

CREATE FUNCTION current_person() RETURNS UUID AS $$
    SELECT NULLIF(current_setting('symancy.user_id', true), '')::UUID;
$$ LANGUAGE sql STABLE;

DO $$
DECLARE
    whose RECORD;
BEGIN
    FOR whose IN SELECT * FROM (VALUES
        ('users', 'id'), ('subscriptions', 'user_id'), ('payments', 'user_id'),
        ('usage_limits', 'user_id'), ('analysis_history', 'user_id'),
        ('message_context', 'user_id'), ('audit_logs', 'user_id'),
        ('privacy_requests', 'user_id')) AS of (table_name, person)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', whose.table_name);
        EXECUTE format('CREATE POLICY own_rows ON %I FOR SELECT USING (%I = current_person())',
            whose.table_name, whose.person);
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'symancy_person') THEN
            EXECUTE format('GRANT SELECT ON %I TO symancy_person', whose.table_name);
        END IF;
    END LOOP;
END;
$$;
