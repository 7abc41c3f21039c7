DROP TABLE vendor_requests, subscription_history, renewals, payment_methods;
DROP INDEX payments_charge_underway;
ALTER TABLE payments
    DROP COLUMN planned_until, DROP COLUMN planned_from, DROP COLUMN charge, DROP COLUMN renew;
