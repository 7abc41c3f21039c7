-- The photos of albums, for a day: the first that came is read, the others are kept for models that take several.
CREATE TABLE album_photos (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- `media_group_id` of Telegram.
    album TEXT NOT NULL,
    message_id BIGINT NOT NULL,
    file_id TEXT NOT NULL,
    is_first BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, album, message_id)
);
-- Of photos that come at once one is the first.
CREATE UNIQUE INDEX idx_album_photos_first ON album_photos (user_id, album) WHERE is_first;
CREATE INDEX idx_album_photos_created ON album_photos (created_at);
