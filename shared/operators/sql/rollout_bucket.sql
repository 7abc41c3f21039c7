-- The place of a person in the rollout, from 0 to 99: FNV-1a of 32 bits over `mvp:<telegram id>`, modulo 100. The same as
-- operators::rollout::rules::bucket, of which fixtures/rollout.json has vectors for both.
CREATE OR REPLACE FUNCTION rollout_bucket(telegram_id BIGINT) RETURNS INTEGER AS $$
DECLARE
    bytes BYTEA := convert_to('mvp:' || telegram_id, 'UTF8');
    hash BIGINT := 2166136261;
BEGIN
    FOR place IN 0 .. length(bytes) - 1 LOOP
        hash := ((hash # get_byte(bytes, place)) * 16777619) & 4294967295;
    END LOOP;
    RETURN hash % 100;
END;
$$ LANGUAGE plpgsql IMMUTABLE STRICT;
