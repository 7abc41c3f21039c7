-- An account pays: that of a person, which has their id, or an organization. Here `user_id` is the account; rows that are
-- there stay as they are. A process of the previous release finds no person for an organization, and leaves its rows alone.
-- The constraints hold for what is written from now on; that they hold for the rest the next migration looks, which locks out
-- no work: here the tables are locked, and not read.
ALTER TABLE subscriptions
    DROP CONSTRAINT subscriptions_user_id_fkey,
    ADD CONSTRAINT subscriptions_account_fkey FOREIGN KEY (user_id) REFERENCES accounts (id) ON DELETE CASCADE
        NOT VALID;
ALTER TABLE payments
    DROP CONSTRAINT payments_user_id_fkey,
    ADD CONSTRAINT payments_account_fkey FOREIGN KEY (user_id) REFERENCES accounts (id) ON DELETE SET NULL
        NOT VALID;
ALTER TABLE payment_methods
    DROP CONSTRAINT payment_methods_user_id_fkey,
    ADD CONSTRAINT payment_methods_account_fkey FOREIGN KEY (user_id) REFERENCES accounts (id) ON DELETE CASCADE
        NOT VALID;
ALTER TABLE renewals
    DROP CONSTRAINT renewals_user_id_fkey,
    ADD CONSTRAINT renewals_account_fkey FOREIGN KEY (user_id) REFERENCES accounts (id) ON DELETE CASCADE
        NOT VALID;
ALTER TABLE subscription_history
    DROP CONSTRAINT subscription_history_user_id_fkey,
    ADD CONSTRAINT subscription_history_account_fkey FOREIGN KEY (user_id) REFERENCES accounts (id) ON DELETE CASCADE
        NOT VALID;
ALTER TABLE billing_details
    DROP CONSTRAINT billing_details_user_id_fkey,
    ADD CONSTRAINT billing_details_account_fkey FOREIGN KEY (user_id) REFERENCES accounts (id) ON DELETE CASCADE
        NOT VALID;

-- Links to invoices, for letters: what stands in them opens one document for some days, without a session.
CREATE TABLE invoice_links (
    -- SHA-256 of the secret in the link.
    digest BYTEA PRIMARY KEY CHECK (octet_length(digest) = 32),
    invoice_id UUID NOT NULL REFERENCES invoices (id),
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX invoice_links_of_invoice ON invoice_links (invoice_id);
CREATE INDEX invoice_links_end ON invoice_links (expires_at);
