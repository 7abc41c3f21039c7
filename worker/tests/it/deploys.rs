//! Workers that stop and start while there is work, and queues that an operator stops.

use std::pin::pin;
use std::slice::from_ref;

use diesel_async::SimpleAsyncConnection;
use futures_util::FutureExt;
use jobs::{MAINTENANCE, ledger, operate};
use probes::jobs::{Act, Noop, Probe};
use product::JOBS;
use testkit::eventually;
use testkit::pictures::drawn_cup;
use uuid::Uuid;
use world::app::photo_form;
use world::{TestApp, World};

use crate::worker;

fn probes(count: usize, ms: u64) -> Vec<Probe> {
    (0..count)
        .map(|_| Probe::new([Act::Finish { ms }]))
        .collect()
}

/// Nothing that was run was cut short or run twice.
const ONCE: &str = "SELECT count(*) AS count FROM jobs WHERE state = 'done' AND attempt = 1
    AND errors = '[]' AND 1 = (SELECT count(*) FROM probe_runs WHERE probe_id::text = args ->> 'id')
    AND 1 = (SELECT count(*) FROM probe_results WHERE probe_id::text = args ->> 'id')";

/// One permit, and jobs that take no time, so that many are claimed at once; among them a long one.
/// Returns its id and those of the jobs behind it.
async fn a_long_job_among_short_ones(long: &Probe) -> anyhow::Result<(TestApp, Uuid, Vec<Uuid>)> {
    let mut world = World::new().await?;
    world.set("WORKER_OTHER_CONCURRENCY", 1);
    let app = TestApp::start_in(world).await?;
    let short: Vec<Noop> = (0..300).map(|_| Noop { id: Uuid::now_v7() }).collect();
    let _ = ledger::enqueue_all(&mut *app.db().await?, &short).await?;
    let id = app.send(from_ref(long)).await?[0];
    let behind = app.send(&probes(40, 0)).await?;
    Ok((app, id, behind))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_claimed_ahead_goes_back_unspent_when_a_worker_stops() -> anyhow::Result<()> {
    let long = Probe::new([Act::Finish { ms: 2_000 }]);
    let (app, id, behind) = a_long_job_among_short_ones(&long).await?;
    let worker = worker(&app.world)?;
    app.begins(&long, 1).await?;
    assert_eq!(worker.terminate().await?, Some(0));
    assert_eq!(app.job(id).await?.state, "done");
    let back = "SELECT count(*) AS count FROM jobs
                WHERE state = 'queued' AND attempt = 0 AND errors = '[]'";
    let all = behind.len() as i64 + 1;
    assert_eq!(app.count(ONCE).await? + app.count(back).await?, all);
    let claimed = "SELECT count(*) AS count FROM jobs WHERE state = 'queued' AND fence > 0";
    assert!(
        app.count(claimed).await? > 0,
        "some were claimed and are back"
    );
    Ok(())
}

/// The claim waits for a lock when the stop comes: its jobs must not wait for the end of their leases.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_claim_in_progress_takes_after_the_request_to_stop_goes_back_unspent()
-> anyhow::Result<()> {
    let mut world = World::new().await?;
    // One for each queue, which all wait at once, and some for the rest.
    world.set("DATABASE_POOL_SIZE", JOBS.queues.len() + 4);
    let app = TestApp::start_in(world).await?;
    app.send(&probes(3, 0)).await?;
    let mut holds_it_up = app.db().await?;
    holds_it_up
        .batch_execute("BEGIN; LOCK TABLE job_pauses IN ACCESS EXCLUSIVE MODE")
        .await?;
    let worker = app.worker()?;
    let claims = "SELECT count(*) AS count FROM pg_stat_activity
                  WHERE datname = current_database() AND wait_event_type = 'Lock'
                    AND query LIKE '%jobs_claim(%'";
    let of_all_queues = JOBS.queues.len() as i64;
    eventually(async || Ok((app.count(claims).await? == of_all_queues).then_some(()))).await?;
    let mut stopping = pin!(worker.stop());
    assert!(stopping.as_mut().now_or_never().is_none());
    holds_it_up.batch_execute("COMMIT").await?;
    stopping.await;
    let back = "SELECT count(*) AS count FROM jobs
                WHERE state = 'queued' AND attempt = 0 AND errors = '[]' AND fence > 0";
    assert_eq!(app.count(back).await?, 3);
    assert_eq!(
        app.count("SELECT count(*) AS count FROM probe_runs")
            .await?,
        0
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_claimed_ahead_of_a_long_job_is_left_to_others() -> anyhow::Result<()> {
    let long = Probe::new([Act::Finish { ms: 2_500 }]);
    let (app, _, behind) = a_long_job_among_short_ones(&long).await?;
    let _busy = worker(&app.world)?;
    let busy = app.begins(&long, 1).await?.worker;
    let _free = worker(&app.world)?;
    for job in behind {
        assert_eq!(app.becomes(job, "done").await?.attempt, 1);
    }
    let others = format!("SELECT count(*) AS count FROM probe_runs WHERE worker <> '{busy}'");
    assert!(
        app.count(&others).await? > 0,
        "they have waited for the long one"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_deployments_in_the_middle_of_the_work_cost_no_job_an_attempt() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    app.send(&probes(300, 40)).await?;
    let mut old = worker(&app.world)?;
    let done = "SELECT count(*) AS count FROM probe_results";
    for deployment in 1..=3 {
        eventually(async || Ok((app.count(done).await? >= deployment * 40).then_some(()))).await?;
        let new = worker(&app.world)?;
        let stopped = std::mem::replace(&mut old, new).terminate().await?;
        assert_eq!(stopped, Some(0));
    }
    eventually(async || Ok((app.count(done).await? >= 300).then_some(()))).await?;
    old.terminate().await?;
    assert_eq!(app.count(ONCE).await?, 300);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_worker_claims_from_a_paused_queue_until_it_is_resumed() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _workers = [worker(&app.world)?, worker(&app.world)?];
    let running = &probes(1, 600)[0];
    let running_id = app.send(from_ref(running)).await?[0];
    app.begins(running, 1).await?;
    assert!(operate::pause(&mut *app.db().await?, MAINTENANCE, "a test").await?);
    let waiting = app.send(&probes(20, 0)).await?;
    app.becomes(running_id, "done").await?;
    // The other queues are worked on, so there was time enough for this one.
    let reading = app.post_as_service(photo_form(drawn_cup(1))).await?.id()?;
    assert_eq!(app.ended(&reading).await?["status"], "completed");
    let untouched = "SELECT count(*) AS count FROM jobs
                     WHERE kind = 'probes.probe.v1' AND state = 'queued' AND fence = 0";
    assert_eq!(app.count(untouched).await?, 20);
    assert!(operate::resume(&mut *app.db().await?, MAINTENANCE).await?);
    for id in waiting {
        app.becomes(id, "done").await?;
    }
    Ok(())
}
