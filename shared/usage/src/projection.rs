//! From the outbox to the sums of days. The cursor moves in the transaction of the sums, and an event that is read again
//! all the same, because the cursor was set back, is known by its id.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{Jsonb, Timestamptz};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use events::Event;
use serde_json::{Value, json};

use crate::rules;

/// The reader's name in `event_cursors`.
pub const CURSOR: &str = "usage";

/// The most events of one transaction.
const BATCH: i64 = 1_000;

/// Counts the next events. Returns whether there may be more.
///
/// # Errors
/// Those of the database.
pub async fn step(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<bool> {
    conn.transaction(async |conn| {
        let found = events::read(conn, CURSOR, BATCH).await?;
        count(conn, &found, now).await?;
        Ok(i64::try_from(found.len()).is_ok_and(|found| found == BATCH))
    })
    .await
}

/// Counts those of these events that were not counted before.
///
/// # Errors
/// Those of the database.
pub async fn count(
    conn: &mut AsyncPgConnection,
    events: &[Event],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let facts: Vec<Value> = events.iter().filter_map(fact).collect();
    if facts.is_empty() {
        return Ok(());
    }
    diesel::sql_query(include_str!("projection.sql"))
        .bind::<Jsonb, _>(Value::Array(facts))
        .bind::<Timestamptz, _>(now)
        .execute(conn)
        .await
        .map(drop)
}

fn fact(event: &Event) -> Option<Value> {
    let (account, used) = rules::used(event)?;
    Some(json!({
        "id": event.id,
        "occurred_at": event.occurred_at,
        "account_id": account,
        "user_id": event.user_id,
        "messages": used.messages,
        "readings": used.readings,
        "files": used.files,
        "tokens": used.tokens,
        "cost_micros": used.cost_micros,
    }))
}
