DROP FUNCTION accept_analysis;
DROP FUNCTION take_unit;
