-- The code of a person's own link to the bot, by which they cannot be found, and by whose link they have come. A row is made
-- when a person comes by a link, or asks for their own.
CREATE TABLE referrals (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    code TEXT NOT NULL UNIQUE DEFAULT replace(gen_random_uuid()::text, '-', ''),
    referrer_id UUID REFERENCES users (id) ON DELETE SET NULL CHECK (referrer_id <> user_id),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_referrals_referrer ON referrals (referrer_id) WHERE referrer_id IS NOT NULL;
