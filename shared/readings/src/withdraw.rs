//! Ends what is under way for a person who has withdrawn their consent.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::model::AnalysisStatus;
use crate::{forget, history, unit};
use schema::analysis_history as analyses;

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
    }
    let ids: Vec<Uuid> = readings.into_iter().map(|(id, _)| id).collect();
    forget::end_jobs(conn, user_id, &ids).await?;
    Ok(ids)
}
