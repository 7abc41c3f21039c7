-- When the money of a payment came: `processed_at` is the moment of its last change, so that of a refund too. What
-- succeeded before, and what a process of the previous release grants, has it there alone.
ALTER TABLE payments ADD COLUMN paid_at TIMESTAMPTZ;
