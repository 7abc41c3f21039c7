-- How many readings some of its persons have, and the hash of all of them, without those that were deleted here ($2). The
-- other side of the comparison is OURS in src/imports/verify.rs.
SELECT a.user_id::bigint AS source_id, count(*) AS readings,
    encode(sha256(convert_to(string_agg(
        concat_ws(':', a.id, to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), a.result), E'\n' ORDER BY a.id), 'UTF8')), 'hex') AS digest
FROM analyses AS a WHERE a.user_id = ANY ($1) AND a.id <> ALL ($2) GROUP BY a.user_id
