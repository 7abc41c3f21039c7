-- How often a call has come. One that comes again while it is worked is worked once more: it may tell of something new.
ALTER TABLE webhook_inbox ADD COLUMN arrivals INTEGER NOT NULL DEFAULT 1;
