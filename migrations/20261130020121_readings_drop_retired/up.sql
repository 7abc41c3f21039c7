-- Retired by the previous release, which accepts a reading by a statement.
DROP FUNCTION accept_analysis;
