ALTER TABLE renewals DROP COLUMN recurs;
