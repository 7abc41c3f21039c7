-- The next persons of the pre-MVP behind a number.
SELECT p.id::bigint AS id, to_jsonb(p) AS person FROM users AS p WHERE p.id > $1 ORDER BY p.id LIMIT $2
