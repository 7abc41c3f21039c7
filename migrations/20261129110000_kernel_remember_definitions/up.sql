-- Which text of each function and view this database has: see kernel::db::definitions.
CREATE TABLE sql_definitions (
    name TEXT PRIMARY KEY,
    -- SHA-256 of the file.
    checksum BYTEA NOT NULL CHECK (octet_length(checksum) = 32),
    applied_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
