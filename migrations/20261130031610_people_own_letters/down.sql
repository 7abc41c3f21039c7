ALTER TABLE emails DROP CONSTRAINT emails_user_id_fkey;
