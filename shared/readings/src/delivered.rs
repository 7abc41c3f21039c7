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
    use diesel::dsl::sql;
    use diesel::sql_types::{Array, BigInt};
    diesel::update(analyses::table.find(id))
        .set(
            analyses::delivery_message_ids
                .eq(sql::<Array<BigInt>>("delivery_message_ids || ").bind::<BigInt, _>(message)),
        )
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

/// Marks that the person is told in the chat that a reading takes longer. Returns whether they are to be
/// told: once, and only while it is not over.
///
/// # Errors
/// Those of the database.
pub async fn mark_delay_told(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<bool> {
    let waits = [AnalysisStatus::Pending, AnalysisStatus::Processing];
    let marked = diesel::update(analyses::table.find(id))
        .filter(analyses::delay_told_at.is_null())
        .filter(analyses::status.eq_any(waits))
        .set(analyses::delay_told_at.eq(now))
        .execute(conn)
        .await?;
    Ok(marked == 1)
}
