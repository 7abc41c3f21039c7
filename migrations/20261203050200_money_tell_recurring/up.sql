-- What of a renewal was told last as recurring (event subscription.moved); JSON's null: that nothing recurs. NULL: nothing
-- was ever told.
ALTER TABLE renewals ADD COLUMN recurs JSONB;
