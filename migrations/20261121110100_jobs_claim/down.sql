DROP FUNCTION jobs_take_token(text[], jsonb);
DROP FUNCTION jobs_release_all(jsonb);
DROP FUNCTION jobs_release(text[], jsonb);
DROP FUNCTION jobs_claim(text, text[], smallint[], integer, integer, text, double precision, jsonb);
DROP FUNCTION jobs_admit(uuid[], integer, jsonb);
DROP FUNCTION jobs_limit(jsonb, text);
