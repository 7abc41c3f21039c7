//! Schedules: each tick becomes one job.

use std::time::Duration;

use chrono::{DateTime, Datelike, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::future::try_join_all;
use jobs::cron;
use jobs::cron::Schedule;
use jobs::{Job, JobState, MAINTENANCE, Queue};
use schema::cron_ticks;
use serde::{Deserialize, Serialize};
use testkit::{TestDatabase, ledger};

/// Without a key that would keep a second one from being enqueued.
#[derive(Default, Serialize, Deserialize)]
struct Birthday {}

impl Job for Birthday {
    const KIND: &'static str = "tests.birthday.v1";
    const QUEUE: Queue = MAINTENANCE;
    const MAX_ATTEMPTS: u16 = 1;
    const TIMEOUT: Duration = Duration::from_secs(1);

    fn subject(&self) -> Option<jobs::Uuid> {
        None
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_concurrent_looks_one_enqueues() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    database
        .sql("INSERT INTO cron_ticks VALUES ('tests.birthday.v1', '2020-01-01')")
        .await?;
    let yearly = Schedule::of::<Birthday>("0 0 0 1 1 *");
    let mut sessions = try_join_all((0..6).map(|_| database.connect())).await?;
    let ticks = sessions
        .iter_mut()
        .map(|conn| cron::enqueue_tick(conn, &yearly));
    let ticks = try_join_all(ticks).await?;
    let enqueued = ticks.iter().filter(|tick| tick.enqueued.is_some()).count();
    assert_eq!(enqueued, 1);
    let conn = &mut sessions[0];
    let states = ledger::states::<Birthday>(conn).await?;
    assert_eq!(states, [(JobState::Queued, 0)]);
    let last: DateTime<Utc> = cron_ticks::table
        .find(Birthday::KIND)
        .select(cron_ticks::last_tick)
        .first(conn)
        .await?;
    assert_eq!(last.year(), Utc::now().year());
    Ok(())
}

/// A worker whose clock is ahead of the database's would look too early and come an hour late.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_s_clock_decides_when_to_look_again() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let hourly = Schedule::of::<Birthday>("0 0 * * * *");
    let tick = cron::enqueue_tick(&mut database.connect().await?, &hourly).await?;
    let left = "SELECT ceil(extract(epoch FROM date_trunc('hour', now() + interval '1 h') - now()))
                ::bigint AS count";
    let left = database.count(left).await?;
    let again_in = tick.again_in.map_or(0, |again| again.as_secs() as i64);
    // The full hour may strike between the two.
    assert!(
        (left - 2..left + 10).contains(&again_in) || left > 3_590,
        "{again_in}, {left} left"
    );
    Ok(())
}
