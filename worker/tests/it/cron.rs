//! Jobs by the clock: each tick becomes one job, no matter how many workers look for it, and how late.
//! Without workers: `shared/jobs/tests/`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use jobs::prune::Prune;
use jobs::{Job, JobState};
use probes::jobs::{Act, Probe};
use product::JOBS;
use schema::cron_ticks;
use testkit::eventually;
use testkit::process::Process;
use world::TestApp;

use crate::worker;

/// Sets the last tick of a schedule to five hours ago.
async fn miss_five_hours(app: &TestApp, name: &str) -> anyhow::Result<()> {
    app.sql(&format!(
        "INSERT INTO cron_ticks VALUES ('{name}', now() - interval '5 h')"
    ))
    .await
}

async fn last_tick(app: &TestApp, name: &str) -> anyhow::Result<Option<DateTime<Utc>>> {
    let tick = cron_ticks::table.find(name).select(cron_ticks::last_tick);
    Ok(tick.first(&mut app.db().await?).await.optional()?)
}

/// The newest moment that is 17 minutes past an hour: the pattern of [`Prune`].
fn newest_tick() -> i64 {
    let (hour, past) = (3_600, 17 * 60);
    (Utc::now().timestamp() - past).div_euclid(hour) * hour + past
}

/// Stops workers once each has looked: a round of the dispatcher is never broken off.
async fn stop(app: &TestApp, workers: Vec<Process>) -> anyhow::Result<()> {
    // The workers run jobs, so they handle SIGTERM by now.
    let all = workers.len() as i64;
    let names = "SELECT count(DISTINCT worker) AS count FROM probe_runs";
    let known = async || {
        app.send(&[Probe::new([Act::Finish { ms: 30 }])]).await?;
        Ok((app.count(names).await? == all).then_some(()))
    };
    eventually(known).await?;
    for worker in workers {
        assert_eq!(worker.terminate().await?, Some(0));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_ticks_that_three_workers_have_missed_one_becomes_a_job() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    miss_five_hours(&app, Prune::KIND).await?;
    let expected = newest_tick();
    let workers = [(); 3].map(|()| worker(&app.world));
    let workers = workers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let done = async || Ok((app.states::<Prune>().await? == [(JobState::Done, 1)]).then_some(()));
    eventually(done).await?;
    stop(&app, workers).await?;
    if newest_tick() != expected {
        return Ok(()); // The next one came in the middle of it, as it does once an hour.
    }
    assert_eq!(app.states::<Prune>().await?, [(JobState::Done, 1)]);
    let last = last_tick(&app, Prune::KIND).await?;
    assert_eq!(last.map(|at| at.timestamp()), Some(expected));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_is_seen_for_the_first_time_waits_for_its_next_tick() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let expected = newest_tick();
    stop(&app, vec![worker(&app.world)?]).await?;
    let known = app
        .count("SELECT count(*) AS count FROM cron_ticks")
        .await?;
    assert_eq!(known, JOBS.schedules.len() as i64);
    if newest_tick() == expected {
        assert_eq!(app.states::<Prune>().await?, []);
    }
    Ok(())
}

/// A worker holds the tick, and dies before it has become a job.
#[tokio::test(flavor = "multi_thread")]
async fn a_tick_whose_worker_dies_is_enqueued_by_another() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    miss_five_hours(&app, Prune::KIND).await?;
    let mut dying = app.db().await?;
    dying
        .batch_execute("BEGIN; SELECT FROM cron_ticks FOR UPDATE")
        .await?;
    let _worker = worker(&app.world)?;
    // Once the schedules after it in the list are stored, the worker has passed this one.
    let seen = "SELECT count(*) AS count FROM cron_ticks";
    let all = JOBS.schedules.len() as i64;
    eventually(async || Ok((app.count(seen).await? == all).then_some(()))).await?;
    let probe = Probe::new([Act::Finish { ms: 0 }]);
    let id = app.send(std::slice::from_ref(&probe)).await?[0];
    app.becomes(id, "done").await?;
    dying.batch_execute("ROLLBACK").await?;
    eventually(async || Ok((!app.states::<Prune>().await?.is_empty()).then_some(()))).await
}
