-- What models did by days of the reporting zone.
CREATE OR REPLACE VIEW model_usage_daily AS
SELECT (bucket AT TIME ZONE analytics_zone())::DATE AS day, organization_id, provider, model,
       sum(calls)::BIGINT AS calls,
       sum(answered)::BIGINT AS answered,
       sum(replies)::BIGINT AS replies,
       sum(tokens_in)::BIGINT AS tokens_in,
       sum(tokens_out)::BIGINT AS tokens_out,
       sum(cost_micro_usd)::BIGINT AS cost_micro_usd,
       sum(unknown_outcomes)::BIGINT AS unknown_outcomes,
       sum(fallback_in)::BIGINT AS fallback_in,
       sum(fallback_out)::BIGINT AS fallback_out
FROM model_usage_quarter GROUP BY 1, 2, 3, 4;
