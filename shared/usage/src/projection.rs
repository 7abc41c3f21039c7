//! From the outbox to the sums of days. The cursor moves in the transaction of the sums, and an event that is read again
//! all the same, because the cursor was set back, is known by its id.

use chrono::{DateTime, Utc};
use diesel::result::Error::RollbackTransaction;
use diesel::sql_types::{BigInt, Jsonb, Timestamptz};
use diesel::{QueryResult, QueryableByName};
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
    let more = conn
        .transaction(async |conn| {
            let found = events::read(conn, CURSOR, BATCH).await?;
            match count(conn, &found, now).await? {
                0 => Ok(i64::try_from(found.len()).is_ok_and(|found| found == BATCH)),
                _ => Err(RollbackTransaction),
            }
        })
        .await;
    match more {
        // An account is perhaps being deleted: the next run finds it gone, or free.
        Err(RollbackTransaction) => Ok(false),
        more => more,
    }
}

/// Counts those of these events that were not counted before. Returns how many could not be, because their account is
/// perhaps being deleted.
///
/// # Errors
/// Those of the database.
pub async fn count(
    conn: &mut AsyncPgConnection,
    events: &[Event],
    now: DateTime<Utc>,
) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Held {
        #[diesel(sql_type = BigInt)]
        held: i64,
    }
    let facts: Vec<Value> = events.iter().filter_map(fact).collect();
    if facts.is_empty() {
        return Ok(0);
    }
    let held: Held = diesel::sql_query(include_str!("projection.sql"))
        .bind::<Jsonb, _>(Value::Array(facts))
        .bind::<Timestamptz, _>(now)
        .get_result(conn)
        .await?;
    Ok(held.held)
}

fn fact(event: &Event) -> Option<Value> {
    let (account, used) = rules::used(event)?;
    Some(json!({
        "id": event.id,
        "occurred_at": rules::happened_at(event),
        "account_id": account,
        "user_id": event.user_id,
        "messages": used.messages,
        "readings": used.readings,
        "files": used.files,
        "tokens": used.tokens,
        "cost_micros": used.cost_micros,
    }))
}
