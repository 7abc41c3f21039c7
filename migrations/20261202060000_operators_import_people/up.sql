-- What has come from the pre-MVP (docs/MIGRATION.md), by the numbers that its rows have there. The row stays when what
-- it refers to is deleted here, so that a second import does not bring it back.
CREATE TABLE imported_people (
    source_id BIGINT PRIMARY KEY,
    user_id UUID REFERENCES users (id) ON DELETE SET NULL,
    -- The plan as it came, by which a later import knows whether it was changed here.
    tier subscription_tier NOT NULL,
    paid_until TIMESTAMPTZ,
    imported_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_imported_people_user ON imported_people (user_id);

CREATE TABLE imported_readings (
    source_id BIGINT PRIMARY KEY,
    analysis_id UUID REFERENCES analysis_history (id) ON DELETE SET NULL
);
CREATE INDEX idx_imported_readings_analysis ON imported_readings (analysis_id);

-- Who was not imported, and why.
CREATE TABLE import_quarantine (
    source_id BIGINT PRIMARY KEY,
    reasons TEXT[] NOT NULL CHECK (reasons <> '{}'),
    noted_at TIMESTAMPTZ NOT NULL
);

-- An import goes on behind the cursor of the last run, unless that has ended.
CREATE TABLE import_runs (
    id UUID PRIMARY KEY,
    cursor BIGINT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
