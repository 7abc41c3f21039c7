DROP TABLE abuse_memory;
