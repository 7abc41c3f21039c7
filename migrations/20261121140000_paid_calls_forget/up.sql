-- Retention forgets what the AI answered once the job that might ask for it again is gone; that it
-- was asked stays. The index holds the answers that are still there.
CREATE INDEX idx_paid_calls_kept_answers ON paid_calls (ended_at) WHERE answer <> 'null'::jsonb;
