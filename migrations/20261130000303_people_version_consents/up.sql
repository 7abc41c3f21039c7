-- Which versions a person has agreed to. Earlier agreements named none: such a person is asked again.
ALTER TABLE users
    ADD COLUMN consent_terms_version VARCHAR(20),
    ADD COLUMN consent_privacy_version VARCHAR(20);
