DROP TABLE waiting_photos;
