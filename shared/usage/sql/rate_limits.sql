-- How much of its plan each person has used today, as the fourth document spells it.
CREATE OR REPLACE VIEW rate_limits WITH (security_invoker = true) AS
SELECT account_id AS user_id,
    max(day_used) FILTER (WHERE unit = 'messages') AS daily_messages,
    max(day_limit) FILTER (WHERE unit = 'messages') AS daily_messages_limit,
    max(day_used) FILTER (WHERE unit = 'conversations') AS daily_conversations,
    max(day_limit) FILTER (WHERE unit = 'conversations') AS daily_conversations_limit,
    max(day_ends_at) AS resets_at
FROM current_meters GROUP BY account_id;
