ALTER TABLE users
    DROP COLUMN notice_analysis_started,
    DROP COLUMN notice_limit_free,
    DROP COLUMN notice_trial_ending,
    DROP COLUMN timezone_chosen,
    DROP COLUMN timezone_asked_at;
