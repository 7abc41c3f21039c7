//! Reading ahead of a cursor: for a reader that has to be sure of something outside (a broker's confirm) before its
//! cursor may move, and may hold no transaction meanwhile. [`crate::read`] moves the cursor at once, in one
//! transaction with what is done about the events.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::Event;
use schema::event_cursors;

/// Events behind a cursor that has not moved yet.
#[derive(Clone, Debug)]
pub struct Ahead {
    /// In the order of their transactions.
    pub events: Vec<Event>,
    from: Place,
    places: Vec<Place>,
}

/// A place in the outbox. The transaction is Postgres's number of 64 bits, as text.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    tx: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(embed)]
    place: Place,
    #[diesel(embed)]
    event: Event,
}

/// Up to `limit` events behind a cursor, which stays where it is. One that is not known begins before the first event.
/// As with [`crate::read`], what an open transaction may still come before is not read yet.
///
/// # Errors
/// Those of the database.
pub async fn ahead(conn: &mut AsyncPgConnection, cursor: &str, limit: i64) -> QueryResult<Ahead> {
    let from = place(conn, cursor).await?;
    let found: Vec<Found> = diesel::sql_query(
        "SELECT e.tx::text AS tx, e.seq, e.id, e.name, e.version, e.occurred_at, e.user_id, e.account_id, e.data
         FROM events AS e
         WHERE (e.tx, e.seq) > ($1::xid8, $2) AND e.tx < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY e.tx, e.seq LIMIT $3",
    )
    .bind::<Text, _>(&from.tx)
    .bind::<BigInt, _>(from.seq)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await?;
    let (places, events) = found.into_iter().map(|one| (one.place, one.event)).unzip();
    Ok(Ahead {
        events,
        from,
        places,
    })
}

/// Moves a cursor behind the first `count` of the events that were read ahead, if it is still where it was then.
/// Returns whether it was: another reader may have moved it, or a replay.
///
/// # Errors
/// Those of the database.
pub async fn pass(
    conn: &mut AsyncPgConnection,
    cursor: &str,
    ahead: &Ahead,
    count: usize,
) -> QueryResult<bool> {
    let to = match count.checked_sub(1) {
        Some(last) => ahead.places.get(last),
        None => None,
    };
    let Some(to) = to else {
        return Ok(true);
    };
    let moved = diesel::sql_query(
        "UPDATE event_cursors SET tx = $2::xid8, seq = $3 WHERE name = $1 AND tx = $4::xid8 AND seq = $5",
    )
    .bind::<Text, _>(cursor)
    .bind::<Text, _>(&to.tx)
    .bind::<BigInt, _>(to.seq)
    .bind::<Text, _>(&ahead.from.tx)
    .bind::<BigInt, _>(ahead.from.seq)
    .execute(conn)
    .await?;
    Ok(moved == 1)
}

async fn place(conn: &mut AsyncPgConnection, cursor: &str) -> QueryResult<Place> {
    if let Some(known) = known(conn, cursor).await? {
        return Ok(known);
    }
    diesel::insert_into(event_cursors::table)
        .values(event_cursors::name.eq(cursor))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    known(conn, cursor)
        .await?
        .ok_or(diesel::result::Error::NotFound)
}

async fn known(conn: &mut AsyncPgConnection, cursor: &str) -> QueryResult<Option<Place>> {
    diesel::sql_query("SELECT tx::text AS tx, seq FROM event_cursors WHERE name = $1")
        .bind::<Text, _>(cursor)
        .get_result(conn)
        .await
        .optional()
}
