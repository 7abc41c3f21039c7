-- Processes of the previous release make the row of usage_limits by this function; ours call ensure_meter.
DROP FUNCTION ensure_usage_limits;
