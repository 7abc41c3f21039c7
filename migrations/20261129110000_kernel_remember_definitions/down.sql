DROP TABLE sql_definitions;
