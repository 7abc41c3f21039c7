-- What the sums of a day have, and what the events of that day are, counted anew: slow, obvious, and without the projection.
-- $1 and $2 bound the day, $3 is the day. Of events that were read: behind the cursor nothing is counted yet.
WITH seen AS MATERIALIZED (
    SELECT events.name, user_id, data, COALESCE(
        (CASE WHEN events.name IN ('provider.called', 'payment.booked') THEN data ->> 'at' END)::timestamptz,
        occurred_at) AS at
    FROM events JOIN event_cursors AS place ON place.name = 'analytics'
    WHERE (events.tx, events.seq) <= (place.tx, place.seq) AND occurred_at >= $1::timestamptz - interval '1 hour'
), day AS MATERIALIZED (
    SELECT *, name IN ('reading.ended', 'message.completed')
        AND COALESCE(data ->> 'state', '') = CASE name WHEN 'reading.ended' THEN 'completed' ELSE COALESCE(data ->> 'state', '') END
        AS is_reply
    FROM seen WHERE at >= $1 AND at < $2
)
SELECT 'signups' AS name,
    (SELECT COALESCE(sum(signups), 0) FROM user_signups_quarter WHERE bucket >= $1 AND bucket < $2)::bigint AS kept,
    (SELECT count(*) FROM day WHERE name = 'person.created') AS counted
UNION ALL SELECT 'deleted',
    (SELECT COALESCE(sum(deleted), 0) FROM user_signups_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT count(*) FROM day WHERE name = 'person.deleted')
UNION ALL SELECT 'active',
    (SELECT COALESCE(sum(events), 0) FROM active_users_daily WHERE active_users_daily.day = $3)::bigint,
    (SELECT count(*) FROM day JOIN users ON users.id = user_id
     WHERE name IN ('person.signed_in', 'api.requested', 'reading.created', 'message.created'))
UNION ALL SELECT 'messages',
    (SELECT COALESCE(sum(messages), 0) FROM chat_activity_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT count(*) FROM day WHERE name IN ('reading.created', 'message.created'))
UNION ALL SELECT 'replies',
    (SELECT COALESCE(sum(replies), 0) FROM chat_activity_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT count(*) FROM day WHERE is_reply)
UNION ALL SELECT 'failures',
    (SELECT COALESCE(sum(failures), 0) FROM chat_activity_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT count(*) FROM day WHERE name = 'message.failed' OR name = 'reading.ended' AND data ->> 'state' = 'failed')
UNION ALL SELECT 'tokens of replies',
    (SELECT COALESCE(sum(tokens_in + tokens_out), 0) FROM tokens_by_plan_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT COALESCE(sum(COALESCE((data ->> 'tokens_in')::bigint, 0) + COALESCE((data ->> 'tokens_out')::bigint, 0)), 0)
     FROM day WHERE is_reply)::bigint
UNION ALL SELECT 'calls',
    (SELECT COALESCE(sum(calls), 0) FROM model_usage_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT count(*) FROM day WHERE name = 'provider.called' AND data ->> 'was' IS NULL)
UNION ALL SELECT 'calls by time',
    (SELECT COALESCE(sum(calls), 0) FROM provider_performance_quarter
     WHERE phase = 'total' AND bucket >= $1 AND bucket < $2)::bigint,
    (SELECT count(*) FROM day WHERE name = 'provider.called' AND data ->> 'was' IS NULL)
UNION ALL SELECT 'cost',
    (SELECT COALESCE(sum(cost_micro_usd), 0) FROM model_usage_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT COALESCE(sum((data ->> 'cost_micro_usd')::bigint), 0) FROM day WHERE name = 'provider.called')::bigint
UNION ALL SELECT 'gross',
    (SELECT COALESCE(sum(gross), 0) FROM revenue_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT COALESCE(sum((data ->> 'amount')::bigint), 0) FROM day
     WHERE name = 'payment.booked' AND data ->> 'kind' = 'paid')::bigint
UNION ALL SELECT 'refunded',
    (SELECT COALESCE(sum(refunded), 0) FROM revenue_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT COALESCE(sum(CASE data ->> 'kind' WHEN 'returned' THEN 1 WHEN 'return_failed' THEN -1 ELSE 0 END
         * (data ->> 'amount')::bigint), 0) FROM day WHERE name = 'payment.booked')::bigint
UNION ALL SELECT 'mrr',
    (SELECT COALESCE(sum(delta), 0) FROM mrr_movements_quarter WHERE bucket >= $1 AND bucket < $2)::bigint,
    (SELECT COALESCE(sum(COALESCE((data #>> '{to,mrr}')::bigint, 0) - COALESCE((data #>> '{from,mrr}')::bigint, 0)), 0)
     FROM day WHERE name = 'subscription.moved')::bigint
