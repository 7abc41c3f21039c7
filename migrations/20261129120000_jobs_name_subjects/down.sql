ALTER TABLE jobs DROP COLUMN subject_id;
