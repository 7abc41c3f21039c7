DROP FUNCTION next_local;
DROP TABLE usage_limits;
DROP TYPE subscription_tier;
