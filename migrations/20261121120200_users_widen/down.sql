ALTER TABLE users
    DROP COLUMN name_chosen,
    DROP COLUMN language_chosen,
    DROP COLUMN consent_terms_at,
    DROP COLUMN consent_privacy_at;
