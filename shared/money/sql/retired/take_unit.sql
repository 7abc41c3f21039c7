-- Processes of the previous release accept a reading by this function; ours take by take_units.
DROP FUNCTION take_unit;
