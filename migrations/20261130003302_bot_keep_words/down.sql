DROP TABLE waiting_words;
