-- Which notices a person gets in the chat, and whether they have chosen their time zone or it was guessed.
ALTER TABLE users
    ADD COLUMN notice_analysis_started BOOLEAN NOT NULL DEFAULT TRUE,
    -- Nothing that was not asked for: off until the person switches it on.
    ADD COLUMN notice_limit_free BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN notice_trial_ending BOOLEAN NOT NULL DEFAULT TRUE,
    ADD COLUMN timezone_chosen BOOLEAN NOT NULL DEFAULT FALSE,
    -- When the bot has asked for it.
    ADD COLUMN timezone_asked_at TIMESTAMPTZ;
-- Until now a zone other than the default could only be chosen.
UPDATE users SET timezone_chosen = TRUE WHERE timezone <> 'Europe/Moscow';
