-- The moment at which an event is written, not that at which its transaction began: what is written under the lock of an
-- account has moments that grow with what has happened to it.
ALTER TABLE events ALTER COLUMN occurred_at SET DEFAULT clock_timestamp();
