DROP TABLE dialogues;
