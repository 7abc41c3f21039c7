//! The photos of a person who has their data deleted.

use std::time::Duration;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::jobs::RemovePhotos;
use crate::model::AnalysisStatus;
use crate::rules::photo_keys;
use crate::shares;
use jobs::ledger;
use schema::analysis_history as analyses;

/// When to remove photos of interrupted readings once more: by then every step that could have stored
/// some has learned of its cancellation, or is past its deadline.
const ONCE_MORE: Duration = Duration::from_secs(180);

/// The keys of all photos and shared pictures that a person has, or may have, in the bucket.
pub(crate) async fn objects(conn: &mut AsyncPgConnection, user: Uuid) -> QueryResult<Vec<String>> {
    let readings: Vec<Uuid> = analyses::table
        .filter(analyses::user_id.eq(user))
        .select(analyses::id)
        .load(conn)
        .await?;
    let mut keys: Vec<String> = readings.into_iter().flat_map(photo_keys).collect();
    keys.extend(shares::keys(conn, user).await?);
    Ok(keys)
}

/// Enqueues the removal of photos that may still come: a request of the last step of a reading that was
/// interrupted now may be on its way to the bucket.
pub(crate) async fn remove_late_photos(
    conn: &mut AsyncPgConnection,
    user: Uuid,
) -> QueryResult<()> {
    let over = [AnalysisStatus::Completed, AnalysisStatus::Failed];
    let interrupted: Vec<Uuid> = analyses::table
        .filter(analyses::user_id.eq(user))
        .filter(analyses::status.ne_all(over))
        .order(analyses::id)
        .select(analyses::id)
        .load(conn)
        .await?;
    for analysis_id in interrupted {
        // Due later, so its ticket, the wake-up of a worker, is not needed.
        let _ = ledger::enqueue_in(conn, &RemovePhotos { analysis_id }, ONCE_MORE).await?;
    }
    Ok(())
}
