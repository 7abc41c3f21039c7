-- The newest twenty readings and how many there are, as GET /v1/analyses asks it (section 12.5, query 3).
\set n random(0, :people - 1)
SELECT * FROM analysis_history WHERE user_id = md5('k6-person-' || :n)::uuid AND about_id IS NULL
ORDER BY created_at DESC, id DESC LIMIT 21 OFFSET 0;
SELECT count(*) FROM analysis_history WHERE user_id = md5('k6-person-' || :n)::uuid AND about_id IS NULL;
