-- Tokens of replies by days of the reporting zone.
CREATE OR REPLACE VIEW tokens_by_plan_daily AS
SELECT (bucket AT TIME ZONE analytics_zone())::DATE AS day, organization_id, plan,
       sum(replies)::BIGINT AS replies,
       sum(tokens_in)::BIGINT AS tokens_in,
       sum(tokens_out)::BIGINT AS tokens_out
FROM tokens_by_plan_quarter GROUP BY 1, 2, 3;
