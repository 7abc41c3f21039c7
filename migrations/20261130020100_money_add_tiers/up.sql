-- The plans of the fourth document beside those of the third. A migration of its own: Postgres refuses a value in the
-- transaction that has added it.
ALTER TYPE subscription_tier ADD VALUE IF NOT EXISTS 'PRO' AFTER 'PREMIUM';
ALTER TYPE subscription_tier ADD VALUE IF NOT EXISTS 'ENTERPRISE' AFTER 'PRO';
