-- The last twenty messages, as the interpretation step asks for them (section 12.5, query 4).
\set n random(0, :people - 1)
SELECT role, content FROM message_context WHERE user_id = md5('k6-person-' || :n)::uuid AND created_at < now()
  AND role <> 'system' ORDER BY created_at DESC, message_id DESC LIMIT 20;
