//! A step of the projection: a batch of events, and all that it adds, in one transaction.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use events::Event;
use kernel::Error;
use schema::active_counts_daily;

use super::facts::Counted;
use super::known::Known;
use super::sums::Sums;
use super::{CURSOR, cursor, queries, rules, tables, zone};

/// The most events of a step.
pub const BATCH: i64 = 5_000;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many events were read; 0: there are none.
    Read(usize),
    /// The days are of another zone than the setting's: `symancy analytics rebuild` is needed.
    OtherZone,
    /// Another transaction holds the cursor: one that steps, counts days, compares, or begins a rebuild.
    Held,
}

/// Reads the next events, `limit` at most, and adds them to all sums. One steps at a time; the others do nothing.
///
/// # Errors
/// As [`zone::is_kept`].
pub async fn step(conn: &mut AsyncPgConnection, zone: &str, limit: i64) -> Result<Step, Error> {
    conn.transaction(async |conn| {
        if !zone::is_kept(conn, zone).await? {
            return Ok(Step::OtherZone);
        }
        if !cursor::hold(conn).await? {
            return Ok(Step::Held);
        }
        Ok(Step::Read(step_within(conn, limit).await?))
    })
    .await
}

/// The same in the caller's transaction, by the zone that is kept; returns how many events were read.
pub(super) async fn step_within(
    conn: &mut AsyncPgConnection,
    limit: i64,
) -> diesel::QueryResult<usize> {
    let events = events::read(conn, CURSOR, limit).await?;
    let read = events.len();
    let batch: Vec<(Event, Counted)> = events
        .into_iter()
        .filter_map(|event| Counted::of(&event.name, &event.data).map(|counted| (event, counted)))
        .collect();
    if !batch.is_empty() {
        // Read once the cursor is held: a rebuild that came first is seen.
        let settings = queries::settings(conn).await?;
        let mut known = queries::known(conn, &settings, &batch).await?;
        let sums = sums(&mut known, &batch);
        tables::add(conn, &known, &sums).await?;
        count_again(conn, &sums).await?;
    }
    Ok(read)
}

/// Takes away the counts of days that these sums change: they are counted again (`counts`).
async fn count_again(conn: &mut AsyncPgConnection, sums: &Sums) -> QueryResult<()> {
    // The earliest one: the keys are in order.
    let Some((first, _)) = sums.active.first_key_value() else {
        return Ok(());
    };
    let late = active_counts_daily::table.filter(active_counts_daily::day.ge(first.day));
    diesel::delete(late).execute(conn).await.map(drop)
}

fn sums(known: &mut Known, batch: &[(Event, Counted)]) -> Sums {
    let mut sums = Sums::default();
    for (event, counted) in batch {
        rules::count(known, &mut sums, event, counted);
    }
    sums
}
