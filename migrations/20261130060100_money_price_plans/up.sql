-- What a month of a plan costs in other money than roubles and Stars, which stand in `plans`. The figures are the
-- operator's: edit the rows, nothing is rebuilt.
CREATE TABLE plan_prices (
    tier subscription_tier NOT NULL,
    -- ISO 4217.
    currency VARCHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$' AND currency NOT IN ('RUB', 'XTR')),
    -- In whole units.
    amount DECIMAL NOT NULL CHECK (amount > 0),
    PRIMARY KEY (tier, currency)
);

INSERT INTO plan_prices (tier, currency, amount) VALUES
    ('BASIC', 'EUR', 2.99), ('ADVANCED', 'EUR', 5.99), ('PREMIUM', 'EUR', 11.99),
    ('BASIC', 'USD', 2.99), ('ADVANCED', 'USD', 5.99), ('PREMIUM', 'USD', 11.99),
    ('BASIC', 'CZK', 79), ('ADVANCED', 'CZK', 149), ('PREMIUM', 'CZK', 299);

-- Some currencies have three decimals, some none. Without a bound nothing is rounded, and no row is written again.
ALTER TABLE payments ALTER COLUMN amount TYPE DECIMAL;
ALTER TABLE payment_reports ALTER COLUMN amount TYPE DECIMAL;
