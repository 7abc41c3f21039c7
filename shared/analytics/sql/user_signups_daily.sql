-- Who came and went by days of the reporting zone.
CREATE OR REPLACE VIEW user_signups_daily AS
SELECT (bucket AT TIME ZONE analytics_zone())::DATE AS day, organization_id, plan,
       sum(signups)::BIGINT AS signups,
       sum(verified)::BIGINT AS verified,
       sum(deleted)::BIGINT AS deleted
FROM user_signups_quarter GROUP BY 1, 2, 3;
