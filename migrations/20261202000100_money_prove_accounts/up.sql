-- Reads what was there before its constraint. Rows are read and written meanwhile: of each table one validation holds no more
-- than what keeps other changes of the table away.
ALTER TABLE subscriptions VALIDATE CONSTRAINT subscriptions_account_fkey;
ALTER TABLE payments VALIDATE CONSTRAINT payments_account_fkey;
ALTER TABLE payment_methods VALIDATE CONSTRAINT payment_methods_account_fkey;
ALTER TABLE renewals VALIDATE CONSTRAINT renewals_account_fkey;
ALTER TABLE subscription_history VALIDATE CONSTRAINT subscription_history_account_fkey;
ALTER TABLE billing_details VALIDATE CONSTRAINT billing_details_account_fkey;
