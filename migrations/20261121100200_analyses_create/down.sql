DROP TABLE analysis_history;
DROP TYPE analysis_status;
DROP TYPE focus_area;
DROP TYPE input_type;
