-- Retired by the previous release, which accepts a reading by a statement.
DROP FUNCTION IF EXISTS accept_analysis;
