-- The previous release knows no keys of accounts.
DELETE FROM api_keys WHERE account_id IS NOT NULL;
DROP INDEX api_keys_of_successor;
ALTER TABLE api_keys
    DROP CONSTRAINT api_keys_replaced_by_fkey,
    ADD CONSTRAINT api_keys_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES api_keys (id),
    DROP COLUMN account_id,
    DROP COLUMN created_by,
    DROP COLUMN enabled,
    DROP COLUMN note,
    DROP COLUMN rate_per_minute,
    DROP COLUMN quota,
    DROP COLUMN quota_period,
    DROP COLUMN quota_used,
    DROP COLUMN quota_resets_at;
