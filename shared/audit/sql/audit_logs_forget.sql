-- Takes out of the audit log who a person was and what their values were; the lines stay, with action and
-- time. The programs may only add lines: this runs with the rights of the tables' owner, and the worker
-- alone may call it.
CREATE OR REPLACE FUNCTION audit_logs_forget(person UUID) RETURNS SETOF UUID AS $$
    UPDATE audit_logs SET user_id = NULL, ip_address = NULL, user_agent = NULL, old_value = NULL,
        new_value = NULL, entity_id = NULL, salt = NULL
    WHERE user_id = person
    RETURNING id;
$$ LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE ALL ON FUNCTION audit_logs_forget FROM PUBLIC;
