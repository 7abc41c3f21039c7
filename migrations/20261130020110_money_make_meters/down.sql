-- The definitions read the columns. The release before has its own.
DROP VIEW IF EXISTS current_usage, current_meters, usage_limits;
DROP FUNCTION IF EXISTS take_units, ensure_meter;
DELETE FROM meters WHERE unit <> 'analyses' OR account_id NOT IN (SELECT id FROM users);
UPDATE meters SET tier = 'PREMIUM' WHERE tier::text IN ('PRO', 'ENTERPRISE');
UPDATE subscriptions SET tier = 'PREMIUM' WHERE tier::text IN ('PRO', 'ENTERPRISE');
UPDATE subscriptions SET end_missed_of = 'PREMIUM' WHERE end_missed_of::text IN ('PRO', 'ENTERPRISE');
UPDATE payments SET tier = 'PREMIUM' WHERE tier::text IN ('PRO', 'ENTERPRISE');
ALTER TABLE meters
    DROP CONSTRAINT meters_account_id_fkey,
    DROP CONSTRAINT meters_account_id_unit_key,
    DROP COLUMN unit,
    ALTER COLUMN day_used TYPE INTEGER,
    ALTER COLUMN month_used TYPE INTEGER;
ALTER TABLE meters RENAME COLUMN account_id TO user_id;
ALTER TABLE meters RENAME COLUMN day_used TO daily_analyses_used;
ALTER TABLE meters RENAME COLUMN month_used TO monthly_analyses_used;
ALTER TABLE meters RENAME COLUMN day_ends_at TO daily_limit_reset_at;
ALTER TABLE meters RENAME COLUMN month_ends_at TO monthly_limit_reset_at;
ALTER TABLE meters RENAME COLUMN day_returned TO daily_units_returned;
ALTER TRIGGER update_meters_updated_at ON meters RENAME TO update_usage_limits_updated_at;
ALTER TABLE meters RENAME TO usage_limits;
ALTER TABLE usage_limits
    ADD CONSTRAINT usage_limits_user_id_key UNIQUE (user_id),
    ADD CONSTRAINT usage_limits_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
-- The release before reads them. The release after this one drops them.
ALTER TABLE plans
    ADD COLUMN IF NOT EXISTS daily_analyses_limit INTEGER,
    ADD COLUMN IF NOT EXISTS monthly_analyses_limit INTEGER;
UPDATE plans SET daily_analyses_limit = day_limit, monthly_analyses_limit = month_limit
FROM plan_limits WHERE plan_limits.tier = plans.tier AND unit = 'analyses';
DROP TABLE plan_limits;
DELETE FROM plans WHERE tier::text IN ('PRO', 'ENTERPRISE');
ALTER TABLE plans DROP COLUMN max_tokens;

CREATE VIEW current_usage AS
SELECT users.id AS user_id,
       p.tier,
       CASE WHEN u.daily_limit_reset_at > now() THEN u.daily_analyses_used
            ELSE 0 END AS daily_analyses_used,
       p.daily_analyses_limit,
       CASE WHEN u.daily_limit_reset_at > now() THEN u.daily_limit_reset_at
            ELSE next_reset('day', users.timezone, u.daily_limit_reset_at, now()) END AS daily_reset_at,
       CASE WHEN u.monthly_limit_reset_at > now() THEN u.monthly_analyses_used
            ELSE 0 END AS monthly_analyses_used,
       p.monthly_analyses_limit,
       CASE WHEN u.monthly_limit_reset_at > now() THEN u.monthly_limit_reset_at
            ELSE next_reset('month', users.timezone, u.monthly_limit_reset_at, now()) END AS monthly_reset_at,
       CASE WHEN p.tier = 'TRIAL' THEN s.trial_ends_at END AS trial_ends_at,
       COALESCE(u.bonus_units, 0) AS bonus_units
FROM users
LEFT JOIN usage_limits u ON u.user_id = users.id
LEFT JOIN subscriptions s ON s.user_id = users.id
JOIN plans p ON p.tier = current_tier(users.id);
