-- One step of the reader $1: up to $2 events. See outbox.rs. An event is read once every transaction that may still
-- write one before it has ended: a cursor over the sequence alone would pass over what commits late.
WITH place AS MATERIALIZED (
    SELECT tx, seq FROM event_cursors WHERE name = $1 FOR UPDATE
), batch AS MATERIALIZED (
    SELECT behind.* FROM place, LATERAL (
        SELECT e.* FROM events AS e
        WHERE (e.tx, e.seq) > (place.tx, place.seq) AND e.tx < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY e.tx, e.seq LIMIT $2) AS behind
), moved AS (
    UPDATE event_cursors SET tx = newest.tx, seq = newest.seq
    FROM (SELECT tx, seq FROM batch ORDER BY tx DESC, seq DESC LIMIT 1) AS newest
    WHERE event_cursors.name = $1
)
SELECT id, name, version, occurred_at, user_id, account_id, data FROM batch ORDER BY tx, seq
