//! The unit of a quota that a reading has taken.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use money::limits;
use money::limits::model::Unit;
use schema::analysis_history as analyses;

/// Gives the unit of a reading back, once; returns whether it did. Marks the reading first, which
/// locks it; the usage row comes last in the order of locking.
///
/// # Errors
/// Those of the database.
pub async fn give_back(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<bool> {
    let Some(unit) = mark_returned(conn, id).await? else {
        return Ok(false);
    };
    limits::queries::give_back(conn, &unit).await?;
    Ok(true)
}

/// Marks the unit as given back; `None` if it is marked already, or none was taken.
async fn mark_returned(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Unit>> {
    type Taken = (Uuid, DateTime<Utc>, Option<DateTime<Utc>>);
    let taken: Option<Taken> = diesel::update(analyses::table.find(id))
        .filter(analyses::unit_returned.eq(false))
        .filter(analyses::unit_daily_reset_at.is_not_null())
        .set(analyses::unit_returned.eq(true))
        .returning((
            analyses::user_id,
            analyses::unit_daily_reset_at.assume_not_null(),
            analyses::unit_monthly_reset_at,
        ))
        .get_result(conn)
        .await
        .optional()?;
    Ok(
        taken.map(|(user_id, daily_reset_at, monthly_reset_at)| Unit {
            user_id,
            daily_reset_at,
            monthly_reset_at,
        }),
    )
}
