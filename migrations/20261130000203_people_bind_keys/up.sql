-- The Telegram ids of the persons that a key may act for; NULL: any. An empty list is none: the data of those
-- that it named was deleted.
ALTER TABLE api_keys ADD COLUMN persons BIGINT[];

-- Photos have a scope of their own. The keys of before keep what they could do.
UPDATE api_keys SET scopes = scopes || 'photos:read'::text
WHERE 'analyses:read' = ANY (scopes) AND NOT 'photos:read' = ANY (scopes);
