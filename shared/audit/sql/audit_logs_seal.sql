-- Seals the next lines in their order, with the rights of the tables' owner; the worker alone may call it. Lines of
-- transactions that may still be open wait, so that none is passed over. Returns how many it has sealed.
-- audit::chain::rules::link computes the same chain.
CREATE OR REPLACE FUNCTION audit_logs_seal(at_most BIGINT) RETURNS BIGINT AS $$
DECLARE
    last audit_seals;
    line audit_logs;
    digests RECORD;
    sealed BIGINT := 0;
BEGIN
    -- One at a time.
    PERFORM pg_advisory_xact_lock(hashtext('audit_logs_seal'));
    SELECT * INTO last FROM audit_seals ORDER BY seq DESC LIMIT 1;
    FOR line IN
        SELECT * FROM audit_logs
        WHERE (tx, place) > (COALESCE(last.tx, 0), COALESCE(last.place, 0))
          AND tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        ORDER BY tx, place LIMIT at_most
    LOOP
        SELECT * INTO digests FROM audit_log_digests(line);
        last.seq := COALESCE(last.seq, 0) + 1;
        last.log_id := line.id;
        last.tx := line.tx;
        last.place := line.place;
        last.made_at := line.created_at;
        last.lasting := digests.lasting;
        last.whole := digests.whole;
        last.chain := sha256(COALESCE(last.chain, '') || int8send(last.seq)
            || int8send((extract(epoch FROM line.created_at) * 1000000)::bigint)
            || digests.lasting || digests.whole);
        INSERT INTO audit_seals SELECT last.*;
        sealed := sealed + 1;
    END LOOP;
    RETURN sealed;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE ALL ON FUNCTION audit_logs_seal FROM PUBLIC;
