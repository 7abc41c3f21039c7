ALTER TABLE waiting_words DROP COLUMN is_caption;
