-- Processes of the previous release show these; ours read plan_limits.
ALTER TABLE plans DROP COLUMN daily_analyses_limit, DROP COLUMN monthly_analyses_limit;
