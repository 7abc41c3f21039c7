-- Deletes lines after 90 days (design document, section 13.6), with the rights of the tables' owner; see
-- audit_logs_forget.
CREATE OR REPLACE FUNCTION audit_logs_prune(at_most BIGINT) RETURNS SETOF UUID AS $$
    DELETE FROM audit_logs WHERE id IN (
        SELECT id FROM audit_logs WHERE created_at < now() - interval '90 days' LIMIT at_most)
    RETURNING id;
$$ LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE ALL ON FUNCTION audit_logs_prune FROM PUBLIC;
