//! Where in the bucket the photos of readings are. Another reading of the same cup has those of the first.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::model::Analysis;
use crate::rules::photographed;
use schema::analysis_history as analyses;

/// Keys of a photo and of its thumbnail, which is made later.
pub type Keys = (String, Option<String>);

/// The keys of a reading, of `owner` (a row of `users`) if one is given. `None` if the reading does not exist or
/// has no photo.
///
/// # Errors
/// Those of the database.
pub async fn of(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    owner: Option<Uuid>,
) -> QueryResult<Option<Keys>> {
    let mut one = analyses::table
        .find(id)
        .select(analyses::source_file_id)
        .into_boxed();
    if let Some(owner) = owner {
        one = one.filter(analyses::user_id.eq(owner));
    }
    let Some(source) = one.first::<Option<String>>(conn).await.optional()? else {
        return Ok(None);
    };
    let with_photo = source.as_deref().and_then(photographed).unwrap_or(id);
    Ok(stored(conn, &[with_photo]).await?.remove(&with_photo))
}

/// The keys of the thumbnails of readings, by the id of the reading.
///
/// # Errors
/// Those of the database.
pub async fn thumbnails(
    conn: &mut AsyncPgConnection,
    readings: &[Analysis],
) -> QueryResult<HashMap<Uuid, String>> {
    let with_photo = |one: &Analysis| {
        let other = one.source_file_id.as_deref().and_then(photographed);
        other.unwrap_or(one.id)
    };
    let ids: Vec<Uuid> = readings.iter().map(with_photo).collect();
    let stored = stored(conn, &ids).await?;
    let thumbnail = |one: &Analysis| {
        let (_, key) = stored.get(&with_photo(one))?;
        Some((one.id, key.clone()?))
    };
    Ok(readings.iter().filter_map(thumbnail).collect())
}

/// Some readings with a photo of their own and its key, in the order of their ids; those behind `after`.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut AsyncPgConnection,
    after: Uuid,
    limit: i64,
) -> QueryResult<Vec<(Uuid, String)>> {
    analyses::table
        .filter(analyses::id.gt(after))
        .filter(analyses::image_url.is_not_null())
        .order(analyses::id)
        .limit(limit)
        .select((analyses::id, analyses::image_url.assume_not_null()))
        .load(conn)
        .await
}

/// Those of the readings that have a photo which may be shown: `RemovePhotos` deletes the others.
async fn stored(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<HashMap<Uuid, Keys>> {
    let refused = vendors::codes::NSFW_CONTENT_DETECTED.as_str();
    let rows: Vec<(Uuid, String, Option<String>)> = analyses::table
        .filter(analyses::id.eq_any(ids))
        .filter(analyses::image_url.is_not_null())
        .filter(analyses::error_code.is_distinct_from(refused))
        .select((
            analyses::id,
            analyses::image_url.assume_not_null(),
            analyses::thumbnail_key,
        ))
        .load(conn)
        .await?;
    let keyed = rows
        .into_iter()
        .map(|(id, photo, small)| (id, (photo, small)));
    Ok(keyed.collect())
}
