ALTER TABLE events ALTER COLUMN occurred_at SET DEFAULT now();
