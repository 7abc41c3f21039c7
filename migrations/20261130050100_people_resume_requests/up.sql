-- What a request with this key has made before it failed: the next one goes on with it.
ALTER TABLE idempotency_keys ADD COLUMN bound_to UUID;
