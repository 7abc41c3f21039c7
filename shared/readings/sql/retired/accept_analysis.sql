-- Processes of the previous release accept a reading by this function.
DROP FUNCTION accept_analysis;
