//! What follows for readings when a person agrees, or withdraws their consent.

use audit::model::Origin;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use people::users::consent;
use people::users::model::Consents;
use uuid::Uuid;

use crate::model::AnalysisStatus;
use crate::{facts, forget, history, shares, unit};
use schema::analysis_history as analyses;

/// Writes what a person agrees to. Without a whole consent, what is under way is stopped, and what they share is
/// ended; returns the consents and
/// the readings that were stopped. In the caller's transaction.
///
/// # Errors
/// `NotFound` if the person is gone, or those of the database.
pub async fn decide(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    agrees: (bool, bool),
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<(Consents, Vec<Uuid>)> {
    // Before the person's row, as everywhere: readings, then usage.
    let stopped = match agrees {
        (true, true) => Vec::new(),
        _ => stop(conn, user_id).await?,
    };
    let (_, is) = consent::set(conn, user_id, agrees, origin, now).await?;
    if agrees != (true, true) {
        // After the person is locked: an erasure deletes shares after it has done so.
        shares::end_all(conn, user_id).await?;
    }
    Ok((is, stopped))
}

/// Cancels the readings of a person that have not ended, gives the units back of those that nothing was done
/// for, and ends their jobs. Returns their ids.
///
/// # Errors
/// Those of the database.
pub async fn stop(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<Uuid>> {
    let under_way = [AnalysisStatus::Pending, AnalysisStatus::Processing];
    let readings: Vec<(Uuid, AnalysisStatus)> = analyses::table
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::status.eq_any(under_way))
        .order(analyses::id)
        .select((analyses::id, analyses::status))
        .for_update()
        .load(conn)
        .await?;
    for (id, status) in &readings {
        history::cancel(conn, *id).await?;
        if *status == AnalysisStatus::Pending {
            unit::give_back(conn, *id).await?;
        }
        facts::ended(conn, *id).await?;
    }
    let ids: Vec<Uuid> = readings.into_iter().map(|(id, _)| id).collect();
    forget::end_jobs(conn, user_id, &ids).await?;
    Ok(ids)
}
