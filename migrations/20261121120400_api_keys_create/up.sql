-- Keys of services. The key itself is shown once, when it is made; here is its digest.
CREATE TABLE api_keys (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(100) NOT NULL,
    -- How it begins: enough to tell keys apart, too little to use one.
    prefix VARCHAR(32) NOT NULL,
    -- SHA-256 of the whole key. A key is random, so it needs no salt and no slow hash.
    hash BYTEA NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    scopes TEXT[] NOT NULL,
    -- Networks in CIDR notation that it may come from; none: from anywhere.
    allowed_addresses TEXT[] NOT NULL DEFAULT '{}',
    expires_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    -- The key that took its place when it was rotated.
    replaced_by UUID REFERENCES api_keys (id),
    last_used_at TIMESTAMPTZ,
    last_used_address INET,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
