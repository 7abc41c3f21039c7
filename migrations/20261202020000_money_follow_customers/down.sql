DELETE FROM payment_methods WHERE payment_id IS NULL;
ALTER TABLE payment_methods ALTER COLUMN payment_id SET NOT NULL;
DROP TABLE payment_customers;
