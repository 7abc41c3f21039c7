DROP TABLE paid_calls;
DROP TYPE paid_call_state;
