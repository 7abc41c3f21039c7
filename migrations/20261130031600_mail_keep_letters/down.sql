DROP TABLE contact_messages;
DROP TABLE email_suppressions;
DROP TABLE email_events;
DROP TABLE emails;
DROP TYPE email_status;
