-- Retired by the previous release: its functions end a window by next_reset.
DROP FUNCTION next_local;
