DROP TABLE invoice_links;
-- What organizations have goes; of their payments what the law wants stays.
DELETE FROM billing_details WHERE user_id NOT IN (SELECT id FROM users);
DELETE FROM subscription_history WHERE user_id NOT IN (SELECT id FROM users);
DELETE FROM renewals WHERE user_id NOT IN (SELECT id FROM users);
DELETE FROM payment_methods WHERE user_id NOT IN (SELECT id FROM users);
UPDATE payments SET user_id = NULL, subscription_id = NULL WHERE user_id NOT IN (SELECT id FROM users);
DELETE FROM subscriptions WHERE user_id NOT IN (SELECT id FROM users);
ALTER TABLE billing_details
    DROP CONSTRAINT billing_details_account_fkey,
    ADD CONSTRAINT billing_details_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE subscription_history
    DROP CONSTRAINT subscription_history_account_fkey,
    ADD CONSTRAINT subscription_history_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE renewals
    DROP CONSTRAINT renewals_account_fkey,
    ADD CONSTRAINT renewals_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE payment_methods
    DROP CONSTRAINT payment_methods_account_fkey,
    ADD CONSTRAINT payment_methods_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE payments
    DROP CONSTRAINT payments_account_fkey,
    ADD CONSTRAINT payments_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE subscriptions
    DROP CONSTRAINT subscriptions_account_fkey,
    ADD CONSTRAINT subscriptions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
