-- What was looked at stays so.
SELECT 1;
