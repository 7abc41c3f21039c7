DROP TABLE message_context;
DROP TYPE message_role;
