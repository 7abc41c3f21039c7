DROP INDEX organizations_by_age;
DROP INDEX identities_by_beginning;
ALTER TABLE abuse_memory DROP COLUMN suspended_until;
DROP TABLE suspensions;
