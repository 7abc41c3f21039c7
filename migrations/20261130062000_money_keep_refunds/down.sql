ALTER TABLE payment_reports DROP COLUMN returned;
ALTER TABLE payments DROP COLUMN returned, DROP COLUMN disputed;
DROP TABLE refund_wishes;
DROP TABLE refunds;
