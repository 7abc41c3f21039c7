-- What is forgotten stays so.
SELECT 1;
