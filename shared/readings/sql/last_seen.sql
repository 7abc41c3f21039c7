-- When a person last did something here: came, agreed, had a reading, wrote, or paid.
CREATE OR REPLACE FUNCTION last_seen(person uuid) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT GREATEST(created_at, last_seen_at, consent_terms_at, consent_privacy_at,
        (SELECT max(created_at) FROM analysis_history WHERE user_id = person),
        (SELECT max(created_at) FROM message_context WHERE user_id = person),
        (SELECT max(created_at) FROM payments WHERE user_id = person))
    FROM users WHERE id = person
$$;
