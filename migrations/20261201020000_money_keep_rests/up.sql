-- When the time that a payment had bought was taken back: if its money is here again, the rest of that time is given back.
ALTER TABLE payments ADD COLUMN taken_back_at TIMESTAMPTZ;
