-- What a plan allows of a unit in a day and a month of the account's calendar. NULL: no quota. Without a row the plan does
-- not have the unit.
CREATE TABLE plan_limits (
    tier subscription_tier NOT NULL REFERENCES plans (tier) ON DELETE CASCADE,
    unit TEXT NOT NULL,
    day_limit BIGINT CHECK (day_limit >= 0),
    month_limit BIGINT CHECK (month_limit >= 0),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (tier, unit)
);

CREATE TRIGGER update_plan_limits_updated_at BEFORE UPDATE ON plan_limits
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- The most tokens of one request to a model; NULL: no bound.
ALTER TABLE plans ADD COLUMN max_tokens INTEGER CHECK (max_tokens > 0);

-- `symancy migrate plan` tries all migrations in one transaction, in which Postgres refuses the values of money_add_tiers.
DO $$
BEGIN
    INSERT INTO plans (tier, daily_analyses_limit, monthly_analyses_limit, queue_priority)
    VALUES ('PRO', 100, 1500, 1), ('ENTERPRISE', NULL, NULL, 1)
    ON CONFLICT DO NOTHING;
EXCEPTION WHEN unsafe_new_enum_value_usage THEN
    NULL;
END;
$$;

-- Tokens and messages of FREE, PRO and ENTERPRISE are the fourth document's, uploads and requests of FREE the first one's;
-- the rest is ours: a higher plan gives no less of anything.
UPDATE plans SET max_tokens = CASE tier::text
    WHEN 'FREE' THEN 2000 WHEN 'ENTERPRISE' THEN 32000 ELSE 8000 END;

INSERT INTO plan_limits (tier, unit, day_limit, month_limit)
SELECT tier, 'analyses', daily_analyses_limit, monthly_analyses_limit FROM plans;

INSERT INTO plan_limits (tier, unit, day_limit)
SELECT tier, unit, day_limit FROM (VALUES
    ('FREE',       20,   10,   10,   2),
    ('TRIAL',      50,   25,   10,   10),
    ('BASIC',      50,   25,   25,   10),
    ('ADVANCED',   100,  50,   50,   25),
    ('PREMIUM',    200,  100,  100,  100),
    ('PRO',        200,  100,  100,  100),
    ('ENTERPRISE', NULL, NULL, NULL, NULL)) AS of (name, messages, conversations, uploads, ai_requests)
JOIN plans ON plans.tier::text = of.name,
LATERAL (VALUES ('messages', messages), ('conversations', conversations), ('uploads', uploads),
    ('ai_requests', ai_requests)) AS allowed (unit, day_limit);

-- A meter counts a unit of an account. The design document's usage_limits is that of a person's readings, and a view.
DROP VIEW IF EXISTS current_usage;
ALTER TABLE usage_limits RENAME TO meters;
ALTER TABLE meters RENAME COLUMN user_id TO account_id;
ALTER TABLE meters RENAME COLUMN daily_analyses_used TO day_used;
ALTER TABLE meters RENAME COLUMN monthly_analyses_used TO month_used;
ALTER TABLE meters RENAME COLUMN daily_limit_reset_at TO day_ends_at;
ALTER TABLE meters RENAME COLUMN monthly_limit_reset_at TO month_ends_at;
ALTER TABLE meters RENAME COLUMN daily_units_returned TO day_returned;
ALTER TABLE meters
    ADD COLUMN unit TEXT NOT NULL DEFAULT 'analyses',
    ALTER COLUMN day_used TYPE BIGINT,
    ALTER COLUMN month_used TYPE BIGINT,
    DROP CONSTRAINT usage_limits_user_id_key,
    DROP CONSTRAINT usage_limits_user_id_fkey,
    ADD CONSTRAINT meters_account_id_unit_key UNIQUE (account_id, unit),
    ADD CONSTRAINT meters_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE;
ALTER TRIGGER update_usage_limits_updated_at ON meters RENAME TO update_meters_updated_at;

-- Processes of the previous release go on while the definitions are not created yet: these are their own, over the view.
CREATE VIEW usage_limits WITH (security_invoker = true) AS
SELECT id, account_id AS user_id, tier, day_used AS daily_analyses_used, month_used AS monthly_analyses_used,
    day_ends_at AS daily_limit_reset_at, month_ends_at AS monthly_limit_reset_at, updated_at,
    day_returned AS daily_units_returned, bonus_units, bonus_as_invited, bonus_as_referrer
FROM meters WHERE unit = 'analyses';

CREATE OR REPLACE FUNCTION next_reset(
    unit TEXT, timezone TEXT, previous TIMESTAMPTZ, moment TIMESTAMPTZ
) RETURNS TIMESTAMPTZ AS $$
    SELECT min(ends) FROM generate_series(1, 3) AS n, LATERAL (
        SELECT (date_trunc(unit, moment AT TIME ZONE timezone) + n * ('1 ' || unit)::INTERVAL)
            AT TIME ZONE timezone AS ends) AS candidate
    WHERE ends > moment AND (previous IS NULL OR ends >= previous
        + CASE unit WHEN 'day' THEN INTERVAL '20 hours' ELSE INTERVAL '20 days' END);
$$ LANGUAGE sql STABLE;

CREATE VIEW current_usage AS
SELECT users.id AS user_id,
       p.tier,
       CASE WHEN u.daily_limit_reset_at > now() THEN u.daily_analyses_used
            ELSE 0 END::INTEGER AS daily_analyses_used,
       p.daily_analyses_limit,
       CASE WHEN u.daily_limit_reset_at > now() THEN u.daily_limit_reset_at
            ELSE next_reset('day', users.timezone, u.daily_limit_reset_at, now()) END AS daily_reset_at,
       CASE WHEN u.monthly_limit_reset_at > now() THEN u.monthly_analyses_used
            ELSE 0 END::INTEGER AS monthly_analyses_used,
       p.monthly_analyses_limit,
       CASE WHEN u.monthly_limit_reset_at > now() THEN u.monthly_limit_reset_at
            ELSE next_reset('month', users.timezone, u.monthly_limit_reset_at, now()) END AS monthly_reset_at,
       CASE WHEN p.tier = 'TRIAL' THEN s.trial_ends_at END AS trial_ends_at,
       COALESCE(u.bonus_units, 0) AS bonus_units
FROM users
LEFT JOIN usage_limits u ON u.user_id = users.id
LEFT JOIN subscriptions s ON s.user_id = users.id
JOIN plans p ON p.tier = current_tier(users.id);

-- Retired. A view has no ON CONFLICT by its own names of columns.
CREATE OR REPLACE FUNCTION ensure_usage_limits(person UUID) RETURNS VOID AS $$
BEGIN
    PERFORM FROM usage_limits WHERE user_id = person;
    IF FOUND THEN
        RETURN;
    END IF;
    BEGIN
        INSERT INTO usage_limits (user_id, daily_limit_reset_at, monthly_limit_reset_at)
        SELECT id, next_reset('day', timezone, NULL, now()), next_reset('month', timezone, NULL, now())
        FROM users WHERE id = person
        ON CONFLICT DO NOTHING;
    EXCEPTION WHEN foreign_key_violation THEN
        NULL;
    END;
END;
$$ LANGUAGE plpgsql;

DO $$
BEGIN
    IF to_regrole('symancy_person') IS NOT NULL THEN
        GRANT SELECT ON usage_limits TO symancy_person;
    END IF;
    IF to_regrole('symancy_api') IS NOT NULL AND to_regrole('symancy_worker') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE ON usage_limits TO symancy_api, symancy_worker;
        GRANT SELECT ON current_usage TO symancy_api, symancy_worker;
        GRANT SELECT ON plan_limits TO symancy_api, symancy_worker;
    END IF;
END;
$$;
