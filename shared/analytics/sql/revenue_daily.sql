-- What was paid by days of the reporting zone.
CREATE OR REPLACE VIEW revenue_daily AS
SELECT (bucket AT TIME ZONE analytics_zone())::DATE AS day, organization_id, currency, plan,
       sum(gross)::BIGINT AS gross,
       sum(refunded)::BIGINT AS refunded,
       sum(payments)::BIGINT AS payments,
       sum(failures)::BIGINT AS failures
FROM revenue_quarter GROUP BY 1, 2, 3, 4;
