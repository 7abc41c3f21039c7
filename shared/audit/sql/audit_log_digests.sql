-- The digests of a line: of what outlives an erasure, and of all of it. (SHA-256 of JSON as jsonb writes it; times in
-- microseconds since 1970.)
CREATE OR REPLACE FUNCTION audit_log_digests(line audit_logs, OUT lasting BYTEA, OUT whole BYTEA) AS $$
BEGIN
    lasting := sha256(convert_to(jsonb_build_array('audit line 1', line.id, line.action, line.entity_type,
        line.actor, (extract(epoch FROM line.created_at) * 1000000)::bigint)::text, 'UTF8'));
    whole := sha256(convert_to(jsonb_build_array(encode(lasting, 'hex'), line.salt, line.user_id, line.entity_id,
        line.old_value, line.new_value, line.ip_address::text, line.user_agent)::text, 'UTF8'));
END;
$$ LANGUAGE plpgsql STABLE;
