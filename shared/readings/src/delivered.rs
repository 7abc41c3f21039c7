//! SQL over `analysis_history` for deliveries: which messages carry a reading, and whether it stands
//! in the chat.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::model::AnalysisStatus;
use schema::analysis_history as analyses;

/// Remembers a slot that was sent for a reading.
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

/// The reading (or the bad news) stands in the chat, unless it became another one meanwhile: an
/// operator may send a failed one round again.
///
/// # Errors
/// Those of the database.
pub async fn mark_delivered(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    told: AnalysisStatus,
) -> QueryResult<()> {
    diesel::update(analyses::table.find(id).filter(analyses::status.eq(told)))
        .set(analyses::delivered_at.eq(now))
        .execute(conn)
        .await
        .map(|_| ())
}
