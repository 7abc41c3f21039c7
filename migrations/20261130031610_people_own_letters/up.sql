-- A person's letters go with them.
ALTER TABLE emails ADD CONSTRAINT emails_user_id_fkey
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
