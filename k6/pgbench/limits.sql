-- What is left of every unit of a plan, as GET /v1/limits/me asks it (section 12.5, query 2).
\set n random(0, :people - 1)
SELECT * FROM current_meters WHERE account_id = md5('k6-person-' || :n)::uuid ORDER BY unit;
