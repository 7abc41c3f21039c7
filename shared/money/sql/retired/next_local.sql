-- The functions of the previous release end a window by this one.
DROP FUNCTION next_local;
