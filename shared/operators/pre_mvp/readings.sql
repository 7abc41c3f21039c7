-- The readings of some of its persons.
SELECT a.user_id::bigint AS id,
    jsonb_agg(jsonb_build_object('id', a.id, 'created_at', a.created_at, 'result', a.result) ORDER BY a.id) AS readings
FROM analyses AS a WHERE a.user_id = ANY ($1) GROUP BY a.user_id
