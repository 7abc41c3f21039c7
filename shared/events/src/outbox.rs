//! Writing and reading `events`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::facts::{FactKind, Field, Shape};
use serde::Serialize;
use serde_json::{Value, json};
use tracing::field::display;
use uuid::Uuid;

use schema::{event_cursors, events};

/// Something that happened, as a struct of its data: ids and small values. Its feature lists its kind.
pub trait Fact: Serialize {
    const KIND: FactKind;
    /// All fields of its data: its JSON Schema is made of them, and builds for tests look that each event has them.
    const FIELDS: &'static [Field] = &[];
}

/// The shape of a fact, for the list of its feature.
pub const fn shape<F: Fact>() -> Shape {
    Shape {
        kind: F::KIND,
        fields: F::FIELDS,
    }
}

/// A row of the outbox.
#[derive(Clone, Debug, PartialEq, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = events, check_for_backend(diesel::pg::Pg))]
pub struct Event {
    /// By it a reader knows what it has seen.
    pub id: Uuid,
    pub name: String,
    pub version: i16,
    pub occurred_at: DateTime<Utc>,
    /// The person, until their data is deleted.
    pub user_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub data: Value,
}

/// Records a fact about a person and their account, or about nobody, in the transaction in which it happens. That
/// holds a lock on the person, or on a row that refers to them: so an erasure finds the event.
///
/// # Errors
/// Those of the database.
pub async fn record<F: Fact>(
    conn: &mut AsyncPgConnection,
    person: Option<Uuid>,
    fact: &F,
) -> QueryResult<()> {
    // A person's own account has their id.
    record_of(conn, (person, person), fact).await
}

/// The same about a person, if there is one, and an account.
///
/// # Errors
/// Those of the database.
pub async fn record_of<F: Fact>(
    conn: &mut AsyncPgConnection,
    (person, account): (Option<Uuid>, Option<Uuid>),
    fact: &F,
) -> QueryResult<()> {
    record_new(conn, (person, account), fact).await.map(drop)
}

/// The same; returns the row.
///
/// # Errors
/// Those of the database.
pub async fn record_new<F: Fact>(
    conn: &mut AsyncPgConnection,
    (person, account): (Option<Uuid>, Option<Uuid>),
    fact: &F,
) -> QueryResult<Event> {
    let data = json!(fact);
    note::<F>((person, account), &data);
    diesel::insert_into(events::table)
        .values((
            events::id.eq(Uuid::now_v7()),
            events::name.eq(F::KIND.name),
            events::version.eq(F::KIND.version),
            events::user_id.eq(person),
            events::account_id.eq(account),
            events::data.eq(data),
        ))
        .returning(Event::as_returning())
        .get_result(conn)
        .await
}

/// An event by its id and its time; `None`: its month is not kept any more.
///
/// # Errors
/// Those of the database.
pub async fn find(
    conn: &mut AsyncPgConnection,
    (id, occurred_at): (Uuid, DateTime<Utc>),
) -> QueryResult<Option<Event>> {
    let row = events::table.find((occurred_at, id));
    row.select(Event::as_select()).first(conn).await.optional()
}

/// Writes the line of a fact into the log, target `business`, by the design document, section 8.2: for those who read the
/// log of one request or job. It is written before the commit; what is true is in the table. What is recorded by a
/// statement of its own calls this beside it.
pub fn note<F: Fact>((person, account): (Option<Uuid>, Option<Uuid>), data: &Value) {
    debug_assert!(
        F::FIELDS.is_empty() || shape::<F>().fits(data),
        "{}: {data}",
        F::KIND.name
    );
    let (user_id, account_id) = (person.map(display), account.map(display));
    tracing::info!(
        target: "business",
        event = F::KIND.name,
        user_id,
        account_id,
        data = %data,
        "recorded"
    );
}

/// The events behind a cursor, in the order of their transactions, and moves the cursor behind them. In the
/// caller's transaction, with what the caller does about them: if that is undone, the cursor stays.
///
/// A cursor that is not known begins before the first event. Others who read by the same cursor wait. What an open
/// transaction may still come before is not read yet: no event is passed over, and a long transaction that
/// writes, in any database of the server, holds all readers back.
///
/// # Errors
/// Those of the database.
pub async fn read(
    conn: &mut AsyncPgConnection,
    cursor: &str,
    limit: i64,
) -> QueryResult<Vec<Event>> {
    let found = step(conn, cursor, limit).await?;
    if !found.is_empty() {
        return Ok(found);
    }
    let made = diesel::insert_into(event_cursors::table)
        .values(event_cursors::name.eq(cursor))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    match made {
        0 => Ok(found),
        _ => step(conn, cursor, limit).await,
    }
}

async fn step(conn: &mut AsyncPgConnection, cursor: &str, limit: i64) -> QueryResult<Vec<Event>> {
    diesel::sql_query(include_str!("step.sql"))
        .bind::<Text, _>(cursor)
        .bind::<BigInt, _>(limit)
        .load(conn)
        .await
}

/// Sets a cursor, also a new one, before the first event since this moment. Events that are a little older may be
/// read as well: those of transactions that took long.
///
/// # Errors
/// Those of the database.
pub async fn replay(
    conn: &mut AsyncPgConnection,
    cursor: &str,
    since: DateTime<Utc>,
) -> QueryResult<()> {
    // Not behind a transaction that is open.
    diesel::sql_query(
        "INSERT INTO event_cursors (name, tx, seq)
         SELECT $1, tx, seq FROM (
             (SELECT tx, seq - 1 AS seq FROM events WHERE occurred_at >= $2 ORDER BY tx, events.seq LIMIT 1)
             UNION ALL SELECT pg_snapshot_xmin(pg_current_snapshot()), 0) AS places
         ORDER BY tx, seq LIMIT 1
         ON CONFLICT (name) DO UPDATE SET tx = excluded.tx, seq = excluded.seq",
    )
    .bind::<Text, _>(cursor)
    .bind::<Timestamptz, _>(since)
    .execute(conn)
    .await
    .map(|_| ())
}

/// Deletes the cursor of a reader that is off for good; returns whether there was one. A reader that is on begins anew with the
/// first event.
///
/// # Errors
/// Those of the database.
pub async fn forget(conn: &mut AsyncPgConnection, cursor: &str) -> QueryResult<bool> {
    let own = event_cursors::table.find(cursor);
    Ok(diesel::delete(own).execute(conn).await? > 0)
}

/// A reader, and how far it is behind.
#[derive(Clone, Debug, PartialEq, QueryableByName)]
pub struct Lag {
    /// The name of its cursor.
    #[diesel(sql_type = Text)]
    pub reader: String,
    /// How old the oldest event is that it has not read; 0: it has read all.
    #[diesel(sql_type = Double)]
    pub seconds: f64,
}

const LAGS: &str = "SELECT name AS reader, COALESCE((
        SELECT extract(epoch FROM now() - oldest.occurred_at) FROM events AS oldest
        WHERE (oldest.tx, oldest.seq) > (place.tx, place.seq) ORDER BY oldest.tx, oldest.seq LIMIT 1), 0)::float8 AS seconds
    FROM event_cursors AS place ORDER BY name";

/// How far each reader is behind.
///
/// # Errors
/// Those of the database.
pub async fn lags(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Lag>> {
    diesel::sql_query(LAGS).load(conn).await
}
