-- Whether each of these words stands in a reading, in its person's words, or in a question about it. Neither case
-- counts, nor how a letter is composed, nor the points of the Russian yo, which many leave out.
-- OFFSET 0: what is searched is made once, not once for each word.
CREATE OR REPLACE FUNCTION reading_mentions(reading uuid, own text, result jsonb, words text[])
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT bool_and(strpos(said.text,
                           translate(lower(normalize(word, NFKC) COLLATE "und-x-icu"), 'ё', 'е')) > 0)
    FROM (SELECT translate(lower(normalize(concat_ws(E'\n', own,
            (SELECT string_agg(part #>> '{}', E'\n') FROM jsonb_path_query(result, 'strict $.**') AS part
             WHERE jsonb_typeof(part) = 'string'),
            (SELECT string_agg(asked.user_text, E'\n') FROM analysis_history AS asked
             WHERE asked.about_id = reading)), NFKC) COLLATE "und-x-icu"), 'ё', 'е') AS text OFFSET 0) AS said,
         unnest(words) AS word
$$;
