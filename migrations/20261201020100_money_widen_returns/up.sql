-- Some currencies have three decimals, and crypto has eight and more. Without a bound nothing is rounded, and no row is
-- written again.
ALTER TABLE payments ALTER COLUMN returned TYPE DECIMAL, ALTER COLUMN disputed TYPE DECIMAL;
ALTER TABLE payment_reports ALTER COLUMN returned TYPE DECIMAL;
ALTER TABLE refunds ALTER COLUMN amount TYPE DECIMAL, ALTER COLUMN gone_before TYPE DECIMAL;
