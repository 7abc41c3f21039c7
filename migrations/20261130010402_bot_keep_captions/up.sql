-- Words for another reading of the cup, instead of a question about its reading.
ALTER TABLE waiting_words ADD COLUMN is_caption BOOLEAN NOT NULL DEFAULT FALSE;
