DROP TABLE shared_cards;
