//! The cursor of the projection, which holds all that changes sums apart.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use schema::event_cursors;

use super::CURSOR;

/// Holds the cursor until the transaction ends; `false`: another one holds it. One that is not made yet is held by none.
///
/// # Errors
/// Those of the database.
pub(super) async fn hold(conn: &mut AsyncPgConnection) -> QueryResult<bool> {
    let held: Option<String> = event_cursors::table
        .find(CURSOR)
        .select(event_cursors::name)
        .for_update()
        .skip_locked()
        .first(conn)
        .await
        .optional()?;
    if held.is_some() {
        return Ok(true);
    }
    let made: i64 = event_cursors::table
        .find(CURSOR)
        .count()
        .get_result(conn)
        .await?;
    Ok(made == 0)
}

/// Lets the statements of this transaction take their time: they go through months of events.
///
/// # Errors
/// Those of the database.
pub(super) async fn unhurried(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    diesel::sql_query("SET LOCAL statement_timeout = 0")
        .execute(conn)
        .await
        .map(drop)
}
