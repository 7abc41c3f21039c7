-- Customers at vendors that have a page on which people change what is kept of them. A process of the previous release knows
-- none; what it keeps comes with a payment.
CREATE TABLE payment_customers (
    provider payment_provider NOT NULL,
    -- SHA-256 of the vendor's number of the customer, which with a means of payment makes a token.
    digest BYTEA NOT NULL,
    -- Whose it is: the account of a person, or an organization.
    user_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- When the vendor was asked for what stands here: an older answer changes nothing.
    asked_at TIMESTAMPTZ,
    -- The digest of the token that the customer had chosen then.
    chosen BYTEA,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (provider, digest)
);
CREATE INDEX payment_customers_of_account ON payment_customers (user_id);

-- NULL: it was added at the vendor's page, and no payment came with it.
ALTER TABLE payment_methods ALTER COLUMN payment_id DROP NOT NULL;
