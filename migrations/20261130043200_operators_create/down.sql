DROP TABLE banners;
DROP TABLE system_settings;
DROP TABLE operators;
