DELETE FROM sessions WHERE method = 'pop';
UPDATE sessions SET second_at = NULL, second_method = NULL WHERE second_method = 'pop';
ALTER TABLE sessions
    DROP CONSTRAINT sessions_method_check,
    ADD CONSTRAINT sessions_method_check CHECK (method IN ('pwd', 'telegram')),
    DROP CONSTRAINT sessions_second_method_check,
    ADD CONSTRAINT sessions_second_method_check CHECK (second_method IN ('otp', 'hwk'));
DROP TABLE passkeys;
