-- Whether each of these words stands in a reading, in its person's words, or in a question about it. Neither case
-- counts, nor how a letter is composed, nor the points of the Russian yo, which many leave out.
CREATE OR REPLACE FUNCTION reading_mentions(reading uuid, own text, result jsonb, words text[])
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT bool_and(strpos(translate(lower(normalize(said.text, NFKC) COLLATE "und-x-icu"), 'ё', 'е'),
                           translate(lower(normalize(word, NFKC) COLLATE "und-x-icu"), 'ё', 'е')) > 0)
    FROM (SELECT concat_ws(E'\n', own,
            (SELECT string_agg(part #>> '{}', E'\n') FROM jsonb_path_query(result, 'strict $.**') AS part
             WHERE jsonb_typeof(part) = 'string'),
            (SELECT string_agg(asked.user_text, E'\n') FROM analysis_history AS asked
             WHERE asked.about_id = reading)) AS text) AS said, unnest(words) AS word
$$;
