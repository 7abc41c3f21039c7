DROP TABLE payments;
DROP TYPE payment_status, payment_provider;
DROP FUNCTION current_tier(UUID);
DROP TABLE subscriptions;
DROP TYPE subscription_status;
