//! Recounts a day from its events, and compares it with the sums.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text, Timestamptz};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use events::months;
use schema::event_cursors;
use serde::Serialize;

use super::{CURSOR, cursor};

/// What was compared.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName, Serialize)]
pub struct Compared {
    /// Of what.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// What the sums have.
    #[diesel(sql_type = BigInt)]
    pub kept: i64,
    /// What the events are.
    #[diesel(sql_type = BigInt)]
    pub counted: i64,
}

impl Compared {
    /// How far the sums are off.
    pub fn drift(&self) -> u64 {
        self.kept.abs_diff(self.counted)
    }
}

#[derive(QueryableByName)]
struct Bounds {
    #[diesel(sql_type = Timestamptz)]
    from: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    until: DateTime<Utc>,
}

/// Compares a day of the reporting zone, as far as its events were read; the projection waits meanwhile. `None`: events of
/// the day were dropped.
///
/// # Errors
/// Those of the database.
pub async fn check_day(
    conn: &mut AsyncPgConnection,
    day: NaiveDate,
) -> QueryResult<Option<Vec<Compared>>> {
    conn.transaction(async |conn| {
        cursor::unhurried(conn).await?;
        let place = event_cursors::table
            .find(CURSOR)
            .select(event_cursors::name);
        let _: Option<String> = place.for_update().first(conn).await.optional()?;
        let Bounds { from, until } = diesel::sql_query(
            "SELECT ($1::date)::timestamp AT TIME ZONE analytics_zone() AS from,
                 ($1::date + 1)::timestamp AT TIME ZONE analytics_zone() AS until",
        )
        .bind::<Date, _>(day)
        .get_result(conn)
        .await?;
        if from < months::first(conn).await? {
            return Ok(None);
        }
        let compared = diesel::sql_query(include_str!("recount.sql"))
            .bind::<Timestamptz, _>(from)
            .bind::<Timestamptz, _>(until)
            .bind::<Date, _>(day);
        compared.load(conn).await.map(Some)
    })
    .await
}

/// The day before that of this moment, in the reporting zone.
///
/// # Errors
/// Those of the database.
pub async fn yesterday(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<NaiveDate> {
    #[derive(QueryableByName)]
    struct Day {
        #[diesel(sql_type = Date)]
        day: NaiveDate,
    }
    let day: Day = diesel::sql_query(
        "SELECT ($1::timestamptz AT TIME ZONE analytics_zone())::date - 1 AS day",
    )
    .bind::<Timestamptz, _>(now)
    .get_result(conn)
    .await?;
    Ok(day.day)
}
