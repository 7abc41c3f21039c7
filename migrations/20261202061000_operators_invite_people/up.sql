-- Persons whose updates this API handles whatever the percentage of the rollout, unless that is 0.
CREATE TABLE rollout_invitations (
    telegram_id BIGINT PRIMARY KEY CHECK (telegram_id > 0),
    invited_at TIMESTAMPTZ NOT NULL
);
