WITH seen AS (
    SELECT name, occurred_at, user_id, data FROM events
    WHERE occurred_at > $1::timestamptz - interval '30 minutes' AND occurred_at <= $1::timestamptz
        AND ($2::uuid IS NULL OR account_id = $2::uuid
            OR ($2::uuid = '00000000-0000-0000-0000-000000000000' AND account_id IS NOT DISTINCT FROM user_id)))
SELECT count(DISTINCT user_id) FILTER (WHERE occurred_at > $1::timestamptz - interval '5 minutes'
        AND name IN ('person.signed_in', 'reading.created', 'message.created', 'key.used')) AS active_5m,
    count(DISTINCT user_id) FILTER (WHERE name IN ('person.signed_in', 'reading.created', 'message.created',
        'key.used')) AS active_30m,
    COALESCE(sum((data ->> 'tokens_in')::bigint + (data ->> 'tokens_out')::bigint)
        FILTER (WHERE name = 'provider.called'), 0)::bigint AS tokens,
    count(*) FILTER (WHERE name = 'provider.called' AND data ->> 'was' IS NULL) AS requests,
    count(*) FILTER (WHERE name = 'message.failed' OR name = 'reading.ended' AND data ->> 'state' = 'failed') AS errors,
    (SELECT count(*) FROM jobs WHERE state = 'queued' AND run_at <= $1::timestamptz) AS queue_depth,
    COALESCE((SELECT extract(epoch FROM $1::timestamptz - waiting.occurred_at)::bigint
        FROM event_cursors AS place JOIN events AS waiting ON (waiting.tx, waiting.seq) > (place.tx, place.seq)
        WHERE place.name = 'analytics' ORDER BY waiting.tx, waiting.seq LIMIT 1), 0) AS lag_seconds
FROM seen
