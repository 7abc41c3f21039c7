-- The books: what was taken, owed and given back, in double entry. An entry is one event, its postings say between which
-- accounts it moved money: more on an account is positive for what is ours or due to us, negative for what is owed or
-- earned. So the postings of an entry sum to zero in each currency, and so do the books.
CREATE TABLE book_entries (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    -- What it stems from: of each there is one entry, however often it is told.
    source TEXT NOT NULL UNIQUE,
    -- No reference: the books outlive it.
    payment_id UUID,
    happened_at TIMESTAMPTZ NOT NULL,
    booked_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX book_entries_of_payment ON book_entries (payment_id) WHERE payment_id IS NOT NULL;

CREATE TABLE book_postings (
    entry_id UUID NOT NULL REFERENCES book_entries (id),
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- In the smallest unit of the currency.
    minor BIGINT NOT NULL CHECK (minor <> 0),
    PRIMARY KEY (entry_id, account, currency)
);
CREATE INDEX book_postings_of_account ON book_postings (account, currency) INCLUDE (minor);

CREATE FUNCTION book_entry_balances() RETURNS TRIGGER AS $$
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

-- At the commit, when all of them are there.
CREATE CONSTRAINT TRIGGER book_entry_balances AFTER INSERT ON book_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION book_entry_balances('id');
CREATE CONSTRAINT TRIGGER book_entry_balances AFTER INSERT ON book_postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION book_entry_balances('entry_id');

-- What is written stays: a mistake is undone by an entry of its own.
CREATE FUNCTION books_stay() RETURNS TRIGGER AS $$
BEGIN
    RAISE EXCEPTION 'the books are added to, never changed: % of %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation';
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER books_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON book_entries
    FOR EACH STATEMENT EXECUTE FUNCTION books_stay();
CREATE TRIGGER books_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON book_postings
    FOR EACH STATEMENT EXECUTE FUNCTION books_stay();
