//! SQL over `analysis_history` for deliveries: the messages that carry a reading, and whether it was
//! delivered.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::model::AnalysisStatus;
use schema::analysis_history as analyses;

/// Stores the id of a message slot that was sent for a reading.
///
/// # Errors
/// Those of the database.
pub async fn add_slot(conn: &mut AsyncPgConnection, id: Uuid, message: i64) -> QueryResult<()> {
    add_slots(conn, id, &[message]).await
}

/// Stores the ids of messages that were sent for a reading.
///
/// # Errors
/// Those of the database.
pub async fn add_slots(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    messages: &[i64],
) -> QueryResult<()> {
    use diesel::dsl::sql;
    use diesel::sql_types::{Array, BigInt};
    if messages.is_empty() {
        return Ok(());
    }
    let all = sql::<Array<BigInt>>("delivery_message_ids || ");
    let all = all.bind::<Array<BigInt>, _>(messages);
    diesel::update(analyses::table.find(id))
        .set(analyses::delivery_message_ids.eq(all))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Puts a slot in the place of one that is gone: the one at `at`, from 0.
///
/// # Errors
/// Those of the database.
pub async fn replace_slot(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    at: usize,
    message: i64,
) -> QueryResult<()> {
    use diesel::sql_types::{BigInt, Integer, Uuid as SqlUuid};
    // Postgres counts from 1.
    let at = i32::try_from(at + 1).unwrap_or(i32::MAX);
    diesel::sql_query("UPDATE analysis_history SET delivery_message_ids[$2] = $3 WHERE id = $1")
        .bind::<SqlUuid, _>(id)
        .bind::<Integer, _>(at)
        .bind::<BigInt, _>(message)
        .execute(conn)
        .await
        .map(|_| ())
}

/// Marks the reading (or the report of its failure) as delivered, unless its status has changed
/// meanwhile: an operator may redrive a failed one.
///
/// # Errors
/// Those of the database.
pub async fn mark_delivered(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    status: AnalysisStatus,
) -> QueryResult<()> {
    diesel::update(analyses::table.find(id).filter(analyses::status.eq(status)))
        .set(analyses::delivered_at.eq(now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Stores which message says how far a reading is.
///
/// # Errors
/// Those of the database.
pub async fn set_announcement(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    message: i64,
) -> QueryResult<()> {
    diesel::update(analyses::table.find(id))
        .set(analyses::announcement_id.eq(message))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The reading of a person that a message of ours carries.
///
/// # Errors
/// Those of the database.
pub async fn in_message(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message: i64,
) -> QueryResult<Option<Uuid>> {
    analyses::table
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::delivery_message_ids.contains(vec![message]))
        .order(analyses::created_at.desc())
        .select(analyses::id)
        .first(conn)
        .await
        .optional()
}

/// Marks that the person is told in the chat that a reading takes longer. Returns whether they are to be
/// told: only while it is not over, and not again within 50 s.
///
/// # Errors
/// Those of the database.
pub async fn mark_delay_told(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<bool> {
    use diesel::dsl::sql;
    use diesel::sql_types::Bool;
    let waits = [AnalysisStatus::Pending, AnalysisStatus::Processing];
    let marked = diesel::update(analyses::table.find(id))
        .filter(sql::<Bool>(
            "(delay_told_at IS NULL OR delay_told_at < now() - interval '50 s')",
        ))
        .filter(analyses::status.eq_any(waits))
        .set(analyses::delay_told_at.eq(now))
        .execute(conn)
        .await?;
    Ok(marked == 1)
}
