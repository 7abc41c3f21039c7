-- The column goes with the migration before this one.
UPDATE jobs SET subject_id = NULL;
