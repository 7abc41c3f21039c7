-- The reconciler: vendors are asked about orders that wait for their money. `ask_at` is when next (NULL: not any more),
-- `asks` how often they were. Processes of the previous release know neither, so the first time is a default.
ALTER TABLE payments
    ADD COLUMN asks SMALLINT NOT NULL DEFAULT 0,
    ADD COLUMN ask_at TIMESTAMPTZ;
ALTER TABLE payments ALTER COLUMN ask_at SET DEFAULT now() + interval '1 minute';
UPDATE payments SET ask_at = now()
    WHERE status IN ('pending', 'failed') AND created_at > now() - interval '48 hours';

CREATE INDEX payments_to_ask ON payments (ask_at) WHERE status IN ('pending', 'failed');
-- Those that are asked about again, and those that are counted.
CREATE INDEX payments_pending ON payments (created_at) WHERE status = 'pending';
