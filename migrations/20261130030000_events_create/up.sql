-- The outbox: what happened, written in the transaction in which it happened. Readers go by (tx, seq); see
-- shared/events/src/step.sql.
CREATE TABLE events (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    version SMALLINT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    tx XID8 NOT NULL DEFAULT pg_current_xact_id(),
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    -- No references: an event outlives whom it is about.
    user_id UUID,
    account_id UUID,
    data JSONB NOT NULL,
    PRIMARY KEY (occurred_at, id)
) PARTITION BY RANGE (occurred_at);

CREATE INDEX events_in_order ON events (tx, seq);
-- For the erasure of a person.
CREATE INDEX events_of_person ON events (user_id) WHERE user_id IS NOT NULL;

-- How far each reader is.
CREATE TABLE event_cursors (
    name TEXT PRIMARY KEY,
    tx XID8 NOT NULL DEFAULT '0',
    seq BIGINT NOT NULL DEFAULT 0
);

CREATE FUNCTION events_make_months(moment TIMESTAMPTZ, ahead INTEGER) RETURNS SETOF TEXT AS $$
DECLARE
    first CONSTANT TIMESTAMP := date_trunc('month', moment AT TIME ZONE 'UTC');
    month TIMESTAMP;
    partition TEXT;
BEGIN
    FOR month IN SELECT generate_series(first, first + make_interval(months => ahead), interval '1 month') LOOP
        partition := 'events_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        -- One at a time. Attached, because making a partition in place would wait for all who use the table.
        LOCK TABLE events IN SHARE UPDATE EXCLUSIVE MODE;
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
        EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition,
            month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
        RETURN NEXT partition;
    END LOOP;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp;
REVOKE ALL ON FUNCTION events_make_months FROM PUBLIC;

SELECT events_make_months(now(), 3);
