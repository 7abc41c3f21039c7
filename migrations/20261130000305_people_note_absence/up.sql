-- When a person who stays away was told that their data will be deleted.
ALTER TABLE users ADD COLUMN absence_told_at TIMESTAMPTZ;
