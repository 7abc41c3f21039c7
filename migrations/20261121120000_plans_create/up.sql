-- What a plan gives and costs. The figures are the operator's: edit the rows, nothing is rebuilt.
CREATE TABLE plans (
    tier subscription_tier PRIMARY KEY,
    -- Readings in a day and in a month of the person's own calendar; NULL: no limit.
    daily_analyses_limit INTEGER CHECK (daily_analyses_limit >= 0),
    monthly_analyses_limit INTEGER CHECK (monthly_analyses_limit >= 0),
    -- For one month; NULL: not for sale.
    price_rub DECIMAL(10, 2) CHECK (price_rub > 0),
    price_stars INTEGER CHECK (price_stars > 0),
    -- How long a trial lasts; 0: this plan is no trial.
    trial_days INTEGER NOT NULL DEFAULT 0 CHECK (trial_days >= 0),
    -- Of the jobs of its readings: 1 high, 2 normal, 3 low (see jobs.priority).
    queue_priority SMALLINT NOT NULL DEFAULT 2 CHECK (queue_priority BETWEEN 1 AND 3),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TRIGGER update_plans_updated_at BEFORE UPDATE ON plans
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- Three readings a day for nothing is the design document's figure (section 9.1); the rest is ours.
INSERT INTO plans (tier, daily_analyses_limit, monthly_analyses_limit,
                   price_rub, price_stars, trial_days, queue_priority) VALUES
    ('FREE',     3,   30,   NULL, NULL, 0, 3),
    ('TRIAL',    10,  70,   NULL, NULL, 7, 2),
    ('BASIC',    10,  150,  299,  150,  0, 2),
    ('ADVANCED', 25,  400,  599,  300,  0, 2),
    ('PREMIUM',  100, 1500, 1199, 600,  0, 1);
