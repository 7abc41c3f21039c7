//! The photos of albums, which Telegram brings one by one: the first that comes is read, the others are kept
//! for models that take several.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use schema::album_photos;

/// A photo of an album.
#[derive(Clone, Debug, PartialEq, Eq, Insertable)]
#[diesel(table_name = album_photos)]
pub struct AlbumPhoto {
    pub user_id: Uuid,
    /// Telegram's id of the album.
    pub album: String,
    pub message_id: i64,
    /// Telegram's id of the photo.
    pub file_id: String,
}

/// Keeps a photo, and returns whether it is the first of its album. Of several at once each waits for the one
/// before it.
///
/// # Errors
/// Those of the database.
pub async fn keep(conn: &mut AsyncPgConnection, photo: &AlbumPhoto) -> QueryResult<bool> {
    for is_first in [true, false] {
        let kept = diesel::insert_into(album_photos::table)
            .values((photo, album_photos::is_first.eq(is_first)))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
        if kept == 1 {
            return Ok(is_first);
        }
    }
    Ok(false)
}

/// The message that a caption counts for: that of the first photo, if this one is of an album.
///
/// # Errors
/// Those of the database.
pub async fn first_of(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
) -> QueryResult<i64> {
    let this = album_photos::table
        .filter(album_photos::user_id.eq(user_id))
        .filter(album_photos::message_id.eq(message_id))
        .select(album_photos::album);
    let album: Option<String> = this.first(conn).await.optional()?;
    let first = album_photos::table
        .filter(album_photos::user_id.eq(user_id))
        .filter(album_photos::album.nullable().eq(album))
        .filter(album_photos::is_first)
        .select(album_photos::message_id);
    Ok(first.first(conn).await.optional()?.unwrap_or(message_id))
}

/// Old rows (see [`jobs::prune`]): photos of yesterday.
pub const PRUNE: &[&str] = &[
    "DELETE FROM album_photos WHERE (user_id, album, message_id) IN (
         SELECT user_id, album, message_id FROM album_photos
         WHERE created_at < now() - interval '1 day' LIMIT $1)",
];
