//! SQL over usage. Taking a unit is part of accepting a reading (`accept_analysis`).

use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::Usage;
use crate::db::schema::current_usage;

/// How much a person has used by now.
///
/// # Errors
/// `NotFound` if they are gone, or those of the database.
pub async fn usage(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Usage> {
    current_usage::table
        .filter(current_usage::user_id.eq(user_id))
        .select(Usage::as_select())
        .first(conn)
        .await
}

/// Gives the unit of a reading back, to the windows that it was taken from if they still run. Once:
/// says whether it did.
///
/// # Errors
/// Those of the database.
pub async fn give_back(conn: &mut AsyncPgConnection, analysis_id: Uuid) -> QueryResult<bool> {
    let changed = diesel::sql_query(
        "WITH back AS (
             UPDATE analysis_history SET unit_returned = TRUE
             WHERE id = $1 AND NOT unit_returned AND unit_daily_reset_at IS NOT NULL
             RETURNING user_id, unit_daily_reset_at, unit_monthly_reset_at)
         UPDATE usage_limits AS u SET
             daily_analyses_used = daily_analyses_used - CASE
                 WHEN u.daily_limit_reset_at = back.unit_daily_reset_at
                      AND u.daily_analyses_used > 0 THEN 1 ELSE 0 END,
             monthly_analyses_used = monthly_analyses_used - CASE
                 WHEN u.monthly_limit_reset_at = back.unit_monthly_reset_at
                      AND u.monthly_analyses_used > 0 THEN 1 ELSE 0 END
         FROM back WHERE u.user_id = back.user_id",
    )
    .bind::<SqlUuid, _>(analysis_id)
    .execute(conn)
    .await?;
    Ok(changed == 1)
}
