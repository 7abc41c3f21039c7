-- Refuses an entry of the books whose postings do not sum to zero. The argument of the trigger names the column of the
-- entry.
CREATE OR REPLACE FUNCTION book_entry_balances() RETURNS TRIGGER AS $$
DECLARE
    entry CONSTANT UUID := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    IF NOT EXISTS (SELECT FROM book_postings WHERE entry_id = entry)
        OR EXISTS (SELECT FROM book_postings WHERE entry_id = entry GROUP BY currency HAVING sum(minor) <> 0)
    THEN
        RAISE EXCEPTION 'the postings of the entry % do not sum to zero', entry USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;
