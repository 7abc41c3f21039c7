-- The person whom a job is about, so that an erasure finds their jobs whatever the arguments are called.
ALTER TABLE jobs ADD COLUMN subject_id UUID;
CREATE INDEX idx_jobs_subject ON jobs (subject_id) WHERE subject_id IS NOT NULL;
