-- The pre-MVP kept no photos: a reading that is complete needs none.
ALTER TABLE analysis_history
    DROP CONSTRAINT input_is_there,
    ADD CONSTRAINT input_is_there
        CHECK (CASE input_type WHEN 'text' THEN user_text IS NOT NULL
                               ELSE image_url IS NOT NULL OR source_file_id IS NOT NULL OR status = 'completed' END)
        NOT VALID;
ALTER TABLE analysis_history VALIDATE CONSTRAINT input_is_there;
