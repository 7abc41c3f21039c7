-- Requests of an account's keys, by month. The second document counts them by plan and names no figures: these are ours.
INSERT INTO plan_limits (tier, unit, month_limit)
SELECT tier, 'api_requests', month_limit FROM (VALUES
    ('FREE',       10000),
    ('TRIAL',      10000),
    ('BASIC',      100000),
    ('ADVANCED',   250000),
    ('PREMIUM',    1000000),
    ('PRO',        1000000),
    ('ENTERPRISE', NULL)) AS of (name, month_limit)
JOIN plans ON plans.tier::text = of.name
ON CONFLICT DO NOTHING;

-- For what looks at meters that have changed lately (usage/src/alerts.sql).
CREATE INDEX meters_by_change ON meters (updated_at);
