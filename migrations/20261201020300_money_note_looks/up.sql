-- When a vendor was asked last because a person looked at a payment that waits for its money.
ALTER TABLE payments ADD COLUMN looked_at TIMESTAMPTZ;
