DROP TABLE analysis_steps;
