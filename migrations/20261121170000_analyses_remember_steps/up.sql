-- What each step of a reading was told, and who answered. A table of its own: analysis_history has
-- as many columns as our queries can name.
CREATE TABLE analysis_steps (
    analysis_id UUID NOT NULL REFERENCES analysis_history (id) ON DELETE CASCADE,
    -- 'vision', 'interpretation', 'chat'; 'care' for what was written without an AI.
    step TEXT NOT NULL,
    -- Versions of the prompt files, and a hash of the instruction they made.
    prompt_version TEXT NOT NULL,
    vendor TEXT NOT NULL,
    model TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    PRIMARY KEY (analysis_id, step)
);

-- Whoever sees a reading sees its steps (see persons_isolate).
ALTER TABLE analysis_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON analysis_steps FOR SELECT USING (EXISTS (
    SELECT 1 FROM analysis_history AS a
    WHERE a.id = analysis_id AND a.user_id = current_person()));
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'symancy_person') THEN
        GRANT SELECT ON analysis_steps TO symancy_person;
    END IF;
END;
$$;
