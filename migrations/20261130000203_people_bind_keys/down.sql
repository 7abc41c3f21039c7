UPDATE api_keys SET scopes = array_remove(scopes, 'photos:read');
-- Without the column a bound key would act for any person.
UPDATE api_keys SET revoked_at = COALESCE(revoked_at, now()) WHERE persons IS NOT NULL;
ALTER TABLE api_keys DROP COLUMN persons;
