//! Scheduled jobs. Each schedule has one row with its newest tick; the worker that finds a newer tick
//! in the past stores it and enqueues the job in the same transaction, so each tick becomes a job
//! once, however many workers look.
//!
//! After a downtime the newest missed tick becomes one job; the older ones are skipped. A
//! schedule that is seen for the first time waits for its next tick.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::Job;
use crate::ledger;
use crate::ledger::Ticket;
use kernel::error::Error;
use schema::cron_ticks;

type EnqueueFn = fn(&mut AsyncPgConnection) -> BoxFuture<'_, QueryResult<Ticket>>;

/// A job that is enqueued on a schedule, in UTC.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// Its key in `cron_ticks`: the kind of the job.
    pub name: &'static str,
    /// Second, minute, hour, day of month, month, day of week.
    pub pattern: &'static str,
    enqueue: EnqueueFn,
}

impl Schedule {
    /// A job without arguments, on a schedule. With a [`Job::dedupe_key`] a tick is skipped while
    /// the job of the previous one is still live.
    pub const fn of<J: Job + Default>(pattern: &'static str) -> Self {
        Self {
            name: J::KIND,
            pattern,
            enqueue: |conn| async move { ledger::enqueue(conn, &J::default()).await }.boxed(),
        }
    }

    fn ticks(&self) -> Result<cron::Schedule, Error> {
        cron::Schedule::from_str(self.pattern)
            .map_err(|why| Error::internal(format!("{}: {why}", self.pattern)))
    }

    /// The first tick after a moment; `None` if the schedule has ended.
    ///
    /// # Errors
    /// `Internal` for an invalid pattern.
    pub fn next_tick(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
        Ok(self.ticks()?.after(&after).next())
    }

    /// The last tick up to a moment; `None` before the first one.
    ///
    /// # Errors
    /// `Internal` for an invalid pattern.
    pub fn last_tick(&self, until: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
        // The crate searches strictly before `until`; the finest step of a pattern is a second.
        let ticks = self.ticks()?;
        if until.timestamp_subsec_nanos() == 0 && ticks.includes(until) {
            return Ok(Some(until));
        }
        Ok(ticks.after(&until).next_back())
    }
}

/// The result of checking a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickCheck {
    /// The job that a passed tick became.
    pub enqueued: Option<Ticket>,
    /// Time until its next tick, by the clock of the database, which is the only one that counts.
    /// Zero while another worker holds the row: it may die before it commits. `None`: the schedule
    /// has ended.
    pub again_in: Option<Duration>,
}

/// Enqueues the job of a schedule if a tick has passed that is not stored yet, by the clock of the
/// database.
///
/// # Errors
/// Those of the database; an invalid pattern.
pub async fn enqueue_tick(
    conn: &mut AsyncPgConnection,
    schedule: &Schedule,
) -> Result<TickCheck, Error> {
    conn.transaction(async |conn| {
        let now: DateTime<Utc> =
            diesel::select(diesel::dsl::sql::<diesel::sql_types::Timestamptz>("now()"))
                .get_result(conn)
                .await?;
        let next = schedule.next_tick(now)?;
        let seen = |enqueued| TickCheck {
            enqueued,
            again_in: next.map(|next| (next - now).to_std().unwrap_or_default()),
        };
        let row = cron_ticks::table.find(schedule.name);
        let known: Option<DateTime<Utc>> = row
            .select(cron_ticks::last_tick)
            .for_update()
            .skip_locked()
            .first(conn)
            .await
            .optional()?;
        let Some(known) = known else {
            return Ok(if is_first(conn, schedule, now).await? {
                seen(None)
            } else {
                BUSY
            });
        };
        let Some(newest) = schedule.last_tick(now)?.filter(|newest| *newest > known) else {
            return Ok(seen(None));
        };
        diesel::update(row)
            .set(cron_ticks::last_tick.eq(newest))
            .execute(conn)
            .await?;
        Ok(seen(Some((schedule.enqueue)(conn).await?)))
    })
    .await
}

const BUSY: TickCheck = TickCheck {
    enqueued: None,
    again_in: Some(Duration::ZERO),
};

/// Stores a new schedule; false if another worker has stored it.
async fn is_first(
    conn: &mut AsyncPgConnection,
    schedule: &Schedule,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let inserted = diesel::insert_into(cron_ticks::table)
        .values((
            cron_ticks::name.eq(schedule.name),
            cron_ticks::last_tick.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted == 1)
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::{MAINTENANCE, Queue};

    #[derive(Default, Serialize, Deserialize)]
    struct Chore {}

    impl Job for Chore {
        const KIND: &'static str = "tests.chore.v1";
        const QUEUE: Queue = MAINTENANCE;
        const MAX_ATTEMPTS: u16 = 1;
        const TIMEOUT: Duration = Duration::from_secs(1);

        fn subject(&self) -> Option<crate::Uuid> {
            None
        }
    }

    #[test]
    fn a_tick_at_the_given_moment_counts_as_past() {
        let hourly = Schedule::of::<Chore>("0 0 * * * *");
        let at: DateTime<Utc> = "2026-03-29T02:00:00Z".parse().expect("a moment");
        assert_eq!(hourly.last_tick(at).expect("valid"), Some(at));
        let next: DateTime<Utc> = "2026-03-29T03:00:00Z".parse().expect("a moment");
        assert_eq!(hourly.next_tick(at).expect("valid"), Some(next));
    }
}
