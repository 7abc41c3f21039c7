-- Jobs and calls of the previous version get the person whom they are about. Later ones bring theirs.
UPDATE jobs SET subject_id = found.person
FROM (SELECT id, COALESCE(
          (SELECT users.id FROM users WHERE users.id = (args ->> 'user_id')::uuid),
          (SELECT user_id FROM analysis_history AS a WHERE a.id = (args ->> 'analysis_id')::uuid),
          (SELECT user_id FROM payments AS p WHERE p.id = (args ->> 'payment_id')::uuid),
          (SELECT user_id FROM privacy_requests AS r WHERE r.id = (args ->> 'request_id')::uuid),
          (SELECT users.id FROM users WHERE telegram_id = (args ->> 'chat_id')::bigint)) AS person
      FROM jobs
      WHERE args ?| '{user_id, analysis_id, payment_id, request_id, chat_id}'
        -- These run when their person is gone.
        AND kind NOT IN ('analyses.remove_photos.v1', 'notifications.tell_deletion.v1')) AS found
WHERE jobs.id = found.id AND found.person IS NOT NULL;

UPDATE paid_calls SET user_id = a.user_id
FROM analysis_history AS a
WHERE paid_calls.user_id IS NULL AND subject_kind = 'analysis' AND subject_id = a.id;
