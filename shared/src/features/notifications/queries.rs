//! SQL for deliveries: which messages carry a reading, and the memory of what was said.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::pg_enum;
use crate::db::schema::{analysis_history as analyses, message_context};
use crate::features::analyses::model::AnalysisStatus;

pg_enum! {
    /// Who said something.
    MessageRole as MessageRole { User = "user", Assistant = "assistant", System = "system" }
}

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

/// Remembers what was said, for later readings.
///
/// # Errors
/// Those of the database.
pub async fn remember(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
    role: MessageRole,
    content: &str,
) -> QueryResult<()> {
    diesel::insert_into(message_context::table)
        .values((
            message_context::user_id.eq(user_id),
            message_context::message_id.eq(message_id),
            message_context::role.eq(role),
            message_context::content.eq(content),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}
