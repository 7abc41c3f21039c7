-- Loses the books. They are made again from `payments` by the next run of the job, but for what came astray.
DROP TABLE book_postings;
DROP TABLE book_entries;
DROP FUNCTION book_entry_balances;
DROP FUNCTION books_stay;
