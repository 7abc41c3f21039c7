ALTER TABLE payments DROP COLUMN payer;
DROP TABLE payment_reports;
