-- What a person may choose for themselves, and when they agreed to what.
ALTER TABLE users
    -- Telegram tells a name and a language with every visit; what was chosen here stays.
    ADD COLUMN name_chosen BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN language_chosen BOOLEAN NOT NULL DEFAULT FALSE,
    -- Each consent has its own date; consent_date is that of the newest change.
    ADD COLUMN consent_terms_at TIMESTAMPTZ,
    ADD COLUMN consent_privacy_at TIMESTAMPTZ;
