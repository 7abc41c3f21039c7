-- What the sums of a day have, and what the events of that day are, counted anew: slow, obvious, and without the projection.
-- $1 and $2 bound the day, $3 is the day. Of events that were read: behind the cursor nothing is counted yet. As in facts.rs
-- a field of another type has its default.
WITH seen AS MATERIALIZED (
    SELECT events.name, user_id, account_id, data, COALESCE(
        (CASE WHEN events.name IN ('provider.called', 'payment.booked')
            AND data ->> 'at' ~ '^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:' THEN data ->> 'at' END)::timestamptz,
        occurred_at) AS at
    FROM events JOIN event_cursors AS place ON place.name = 'analytics'
    WHERE (events.tx, events.seq) <= (place.tx, place.seq) AND occurred_at >= $1::timestamptz - interval '1 hour'
), day AS MATERIALIZED (
    SELECT seen.*, numbers.*, EXISTS (SELECT FROM users WHERE users.id = user_id) AS is_there,
        name IN ('person.signed_in', 'key.used', 'reading.created', 'message.created') AS is_active,
        name IN ('reading.created', 'message.created') AS is_message,
        name = 'message.completed' OR name = 'reading.ended' AND data ->> 'state' IS NOT DISTINCT FROM 'completed' AS is_reply
    FROM seen, LATERAL (
        SELECT COALESCE(sum(value::text::bigint) FILTER (WHERE key IN ('tokens_in', 'tokens_out')), 0) AS tokens,
            COALESCE(sum(value::text::bigint) FILTER (WHERE key = 'cost_micro_usd'), 0) AS cost,
            COALESCE(sum(value::text::bigint) FILTER (WHERE key = 'amount'), 0) AS amount,
            COALESCE(sum(value::text::bigint) FILTER (WHERE key = 'to'), 0)
                - COALESCE(sum(value::text::bigint) FILTER (WHERE key = 'from'), 0) AS mrr
        FROM (
            SELECT key, CASE WHEN key IN ('from', 'to') THEN value -> 'mrr' ELSE value END AS value
            FROM jsonb_each(CASE jsonb_typeof(data) WHEN 'object' THEN data ELSE '{}' END)) AS fields
        WHERE jsonb_typeof(value) = 'number' AND value::text ~ '^-?[0-9]{1,18}$') AS numbers
    WHERE at >= $1 AND at < $2
)
SELECT 'signups' AS name,
    (SELECT COALESCE(sum(signups), 0) FROM user_signups_quarter WHERE bucket >= $1 AND bucket < $2)::bigint AS kept,
    (SELECT count(*) FROM day WHERE name = 'person.created')
        -- Of whom no fact says so (meet.rs).
        + (SELECT count(*) FROM analytics_people AS met WHERE signed_up_at >= $1 AND signed_up_at < $2
           AND (SELECT count(*) FROM events WHERE events.user_id = met.user_id AND events.name = 'person.created') = 0) AS counted
UNION ALL SELECT 'deleted',
    (SELECT COALESCE(sum(deleted), 0) FROM user_signups_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT count(*) FROM day WHERE name = 'person.deleted')
UNION ALL SELECT 'active',
    (SELECT COALESCE(sum(events), 0) FROM active_users_daily WHERE active_users_daily.day = $3)::bigint,
    (SELECT count(*) FROM day WHERE is_active AND is_there)
-- Of days that are counted again: who is erased later stays in the others.
UNION ALL SELECT 'active persons',
    (SELECT COALESCE(sum(dau), 0) FROM active_counts_daily AS counts WHERE counts.day = $3
         AND organization_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
         AND counts.day >= (SELECT max(newest.day) - 2 FROM active_counts_daily AS newest))::bigint,
    (SELECT count(DISTINCT user_id) FROM day WHERE is_active AND is_there
         AND $3 BETWEEN (SELECT max(newest.day) - 2 FROM active_counts_daily AS newest)
             AND (SELECT max(newest.day) FROM active_counts_daily AS newest))
UNION ALL SELECT 'messages',
    (SELECT COALESCE(sum(messages), 0) FROM chat_activity_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT count(*) FROM day WHERE is_message)
UNION ALL SELECT 'messages of persons',
    (SELECT COALESCE(sum(messages), 0) FROM user_usage_daily AS used WHERE used.day = $3)::bigint,
    (SELECT count(*) FROM day WHERE is_message AND is_there)
UNION ALL SELECT 'tokens of persons',
    (SELECT COALESCE(sum(tokens), 0) FROM user_usage_daily AS used WHERE used.day = $3)::bigint,
    (SELECT COALESCE(sum(tokens), 0) FROM day WHERE name = 'provider.called' AND is_there)::bigint
UNION ALL SELECT 'persons of models',
    (SELECT count(*) FROM model_users_daily AS used WHERE used.day = $3),
    (SELECT count(DISTINCT (NULLIF(account_id, user_id), data ->> 'provider',
         CASE jsonb_typeof(data -> 'model') WHEN 'string' THEN data ->> 'model' ELSE '' END, user_id))
     FROM day WHERE is_reply AND is_there AND jsonb_typeof(data -> 'provider') = 'string')
UNION ALL SELECT 'replies',
    (SELECT COALESCE(sum(replies), 0) FROM chat_activity_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT count(*) FROM day WHERE is_reply)
UNION ALL SELECT 'failures',
    (SELECT COALESCE(sum(failures), 0) FROM chat_activity_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT count(*) FROM day WHERE name = 'message.failed' OR name = 'reading.ended' AND data ->> 'state' = 'failed')
UNION ALL SELECT 'tokens of replies',
    (SELECT COALESCE(sum(tokens_in + tokens_out), 0) FROM tokens_by_plan_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT COALESCE(sum(tokens), 0) FROM day WHERE is_reply)::bigint
UNION ALL SELECT 'calls',
    (SELECT COALESCE(sum(calls), 0) FROM model_usage_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT count(*) FROM day WHERE name = 'provider.called' AND data ->> 'was' IS NULL)
UNION ALL SELECT 'calls by time',
    (SELECT COALESCE(sum(calls), 0) FROM provider_performance_quarter
     WHERE phase = 'total' AND bucket >= $1 AND bucket < $2)::bigint,
    (SELECT count(*) FROM day WHERE name = 'provider.called' AND data ->> 'was' IS NULL)
UNION ALL SELECT 'cost',
    (SELECT COALESCE(sum(cost_micro_usd), 0) FROM model_usage_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT COALESCE(sum(cost), 0) FROM day WHERE name = 'provider.called')::bigint
UNION ALL SELECT 'gross',
    (SELECT COALESCE(sum(gross), 0) FROM revenue_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT COALESCE(sum(amount), 0) FROM day WHERE name = 'payment.booked' AND data ->> 'kind' = 'paid')::bigint
UNION ALL SELECT 'refunded',
    (SELECT COALESCE(sum(refunded), 0) FROM revenue_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT COALESCE(sum(CASE data ->> 'kind' WHEN 'returned' THEN 1 WHEN 'return_failed' THEN -1 ELSE 0 END * amount), 0)
     FROM day WHERE name = 'payment.booked')::bigint
UNION ALL SELECT 'mrr',
    (SELECT COALESCE(sum(delta), 0) FROM mrr_movements_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT COALESCE(sum(mrr), 0) FROM day WHERE name = 'subscription.moved')::bigint
