-- A migration of its own: Postgres refuses a value in the transaction that has added it.
ALTER TYPE payment_provider ADD VALUE IF NOT EXISTS 'stripe';
ALTER TYPE payment_provider ADD VALUE IF NOT EXISTS 'paypal';
ALTER TYPE payment_provider ADD VALUE IF NOT EXISTS 'btcpay';
ALTER TYPE payment_provider ADD VALUE IF NOT EXISTS 'comgate';
