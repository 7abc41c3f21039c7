//! The unit of a meter that a reading has taken.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use kernel::ErrorCode;
use money::meters;
use money::meters::model::{Taken, Unit};
use schema::analysis_history as analyses;

/// How often a day a person gets a unit back for a reading that failed because of what they had sent: each
/// may have cost a call of the AI.
pub const RETURNED_MAX: i32 = 3;

/// Failures that no photo and no words can bring about. Their units are always given back.
const OUTAGES: &[ErrorCode] = &[
    vendors::codes::AI_TIMEOUT,
    vendors::codes::AI_RATE_LIMIT,
    vendors::codes::AI_UNAVAILABLE,
    vendors::codes::STORAGE_ERROR,
    vendors::codes::MESSENGER_ERROR,
    ai::codes::AI_BUDGET_EXHAUSTED,
    kernel::codes::INTERNAL_SERVER_ERROR,
    kernel::codes::DATABASE_ERROR,
    kernel::codes::QUEUE_ERROR,
    kernel::codes::CANCELLED,
];

/// Whether units for this failure are given back a few times a day only ([`RETURNED_MAX`]).
pub fn is_bounded(code: ErrorCode) -> bool {
    !OUTAGES.contains(&code)
}

/// Gives the unit of a reading back that failed with `code`, once, within the bound of the day; returns
/// whether it did. Locks as [`give_back`].
///
/// # Errors
/// Those of the database.
pub async fn give_back_for(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    code: ErrorCode,
) -> QueryResult<bool> {
    let Some(unit) = mark_returned(conn, id).await? else {
        return Ok(false);
    };
    let most = is_bounded(code).then_some(RETURNED_MAX);
    let is_returned = meters::queries::give_back(conn, &unit, most).await?;
    if !is_returned {
        diesel::update(analyses::table.find(id))
            .set(analyses::unit_returned.eq(false))
            .execute(conn)
            .await?;
    }
    Ok(is_returned)
}

/// Gives the unit of a reading back, once; returns whether it did. Marks the reading first, which
/// locks it; the usage row comes last in the order of locking.
///
/// # Errors
/// Those of the database.
pub async fn give_back(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<bool> {
    let Some(unit) = mark_returned(conn, id).await? else {
        return Ok(false);
    };
    meters::queries::give_back(conn, &unit, None).await
}

/// Marks the unit as given back; `None` if it is marked already, or none was taken.
async fn mark_returned(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Taken>> {
    type Windows = (Uuid, DateTime<Utc>, Option<DateTime<Utc>>);
    let taken: Option<Windows> = diesel::update(analyses::table.find(id))
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
    Ok(taken.map(|(account_id, day_ends_at, month_ends_at)| Taken {
        account_id,
        unit: Unit::Analyses,
        amount: 1,
        day_ends_at,
        month_ends_at,
    }))
}
