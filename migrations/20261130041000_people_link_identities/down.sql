DROP TABLE spent_proofs;
DELETE FROM one_time_tokens WHERE purpose = 'link_telegram';
ALTER TABLE one_time_tokens
    DROP COLUMN claimed_by,
    DROP CONSTRAINT one_time_tokens_purpose_check,
    ADD CONSTRAINT one_time_tokens_purpose_check
        CHECK (purpose IN ('verify_email', 'reset_password', 'change_email', 'undo_email', 'sign_in'));
DELETE FROM address_requests WHERE kind = 'link_email';
ALTER TABLE address_requests
    DROP CONSTRAINT address_requests_kind_check,
    DROP CONSTRAINT registers_with_a_password,
    DROP CONSTRAINT changes_of_somebody,
    ADD CONSTRAINT address_requests_kind_check
        CHECK (kind IN ('register', 'forgot_password', 'resend_verification', 'change_email')),
    ADD CONSTRAINT registers_with_a_password CHECK ((kind = 'register') = (password_hash IS NOT NULL)),
    ADD CONSTRAINT changes_of_somebody CHECK ((kind = 'change_email') = (user_id IS NOT NULL));
