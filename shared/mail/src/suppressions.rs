//! SQL over `email_suppressions`: what addresses have answered, by a keyed hash of each.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::rules::{Answer, Record};
use schema::email_suppressions as rows;

type Columns = (
    i16,
    i16,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
);

const COLUMNS: (
    rows::bounces,
    rows::soft_bounces,
    rows::soft_since,
    rows::complained_at,
    rows::suppressed_until,
) = (
    rows::bounces,
    rows::soft_bounces,
    rows::soft_since,
    rows::complained_at,
    rows::suppressed_until,
);

fn record((bounces, soft_bounces, soft_since, complained_at, suppressed_until): Columns) -> Record {
    Record {
        bounces,
        soft_bounces,
        soft_since,
        complained_at,
        suppressed_until,
    }
}

/// What an address has answered.
///
/// # Errors
/// Those of the database.
pub async fn find(conn: &mut AsyncPgConnection, key: &[u8]) -> QueryResult<Record> {
    let found: Option<Columns> = rows::table
        .find(key)
        .select(COLUMNS)
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(record).unwrap_or_default())
}

/// Notes one more answer, in the caller's transaction.
///
/// # Errors
/// Those of the database.
pub async fn note(
    conn: &mut AsyncPgConnection,
    key: &[u8],
    answer: Answer,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(rows::table)
        .values((rows::address_key.eq(key), rows::changed_at.eq(now)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let row = rows::table.find(key);
    let before: Columns = row.select(COLUMNS).for_update().first(conn).await?;
    let after = record(before).after(answer, now);
    diesel::update(row)
        .set((
            rows::bounces.eq(after.bounces),
            rows::soft_bounces.eq(after.soft_bounces),
            rows::soft_since.eq(after.soft_since),
            rows::complained_at.eq(after.complained_at),
            rows::suppressed_until.eq(after.suppressed_until),
            rows::changed_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Forgets what an address has answered, in the caller's transaction; returns what it was. `None`: no letter to it is
/// kept back.
///
/// # Errors
/// Those of the database.
pub async fn lift(
    conn: &mut AsyncPgConnection,
    key: &[u8],
    now: DateTime<Utc>,
) -> QueryResult<Option<Record>> {
    let row = rows::table.find(key);
    let found: Option<Columns> = row
        .select(COLUMNS)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    let was = found.map(record);
    let Some(was) = was.filter(|was| was.suppresses(false, now)) else {
        return Ok(None);
    };
    // Not deleted: the API may not, and the worker does it in time.
    diesel::update(row)
        .set((
            rows::bounces.eq(0_i16),
            rows::soft_bounces.eq(0_i16),
            rows::soft_since.eq(None::<DateTime<Utc>>),
            rows::complained_at.eq(None::<DateTime<Utc>>),
            rows::suppressed_until.eq(None::<DateTime<Utc>>),
            rows::changed_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(Some(was))
}
