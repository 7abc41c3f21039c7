-- For the trigger analysis_history_revision: the number grows with each change of a reading, whichever
-- statement makes it. A trigger like that of updated_at, because a change without a new number would never
-- be seen by those who wait (ETag, events). A changed cost alone is no news for them.
CREATE OR REPLACE FUNCTION next_revision() RETURNS TRIGGER AS $$
DECLARE
    before analysis_history := OLD;
BEGIN
    before.cost_usd := NEW.cost_usd;
    IF before IS DISTINCT FROM NEW THEN
        NEW.revision := OLD.revision + 1;
    END IF;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
