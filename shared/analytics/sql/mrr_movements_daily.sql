-- How what recurs moved, by days of the reporting zone.
CREATE OR REPLACE VIEW mrr_movements_daily AS
SELECT (bucket AT TIME ZONE analytics_zone())::DATE AS day, organization_id, currency, plan, movement,
       sum(delta)::BIGINT AS delta,
       sum(customers)::BIGINT AS customers
FROM mrr_movements_quarter GROUP BY 1, 2, 3, 4, 5;
