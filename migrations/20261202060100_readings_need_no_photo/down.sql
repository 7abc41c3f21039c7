DELETE FROM analysis_history
WHERE input_type = 'image' AND image_url IS NULL AND source_file_id IS NULL;
ALTER TABLE analysis_history
    DROP CONSTRAINT input_is_there,
    ADD CONSTRAINT input_is_there
        CHECK (CASE input_type WHEN 'text' THEN user_text IS NOT NULL
                               ELSE image_url IS NOT NULL OR source_file_id IS NOT NULL END);
