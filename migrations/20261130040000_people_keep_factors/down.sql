DELETE FROM one_time_tokens WHERE purpose = 'sign_in';
ALTER TABLE one_time_tokens DROP CONSTRAINT one_time_tokens_purpose_check;
ALTER TABLE one_time_tokens ADD CONSTRAINT one_time_tokens_purpose_check CHECK (purpose IN (
    'verify_email', 'reset_password', 'change_email', 'undo_email'));
ALTER TABLE accounts DROP COLUMN require_second_factor;
ALTER TABLE sessions DROP COLUMN second_at, DROP COLUMN second_method;
DROP TABLE recovery_codes, totp_secrets;
