-- Units beyond the plan, which are taken when the plan has none left, and what they were given for: each reason
-- counts once.
ALTER TABLE usage_limits
    ADD COLUMN bonus_units INTEGER NOT NULL DEFAULT 0 CHECK (bonus_units >= 0),
    ADD COLUMN bonus_as_invited BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN bonus_as_referrer BOOLEAN NOT NULL DEFAULT FALSE;

-- So that a deletion of all data does not bring them again.
ALTER TABLE usage_memory
    ADD COLUMN bonus_as_invited BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN bonus_as_referrer BOOLEAN NOT NULL DEFAULT FALSE;
