//! The ends of an attempt, and their outcomes for the job.

use std::slice::from_ref;
use std::time::Duration;

use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use jobs::ledger;
use jobs::operate;
use jobs::operate::Outcome;
use probes::jobs::{Act, Probe};
use product::JOBS;
use serde_json::json;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use testkit::process::Signal;
use world::probes::errors;
use world::{TestApp, World};

use crate::worker;

const FAILS: Act = Act::Fail { after_ms: None };
const WORKS: Act = Act::Finish { ms: 0 };

/// A world in which a lost worker is noticed after a second.
async fn short_leases() -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("WORKER_LEASE_MS", 1_000);
    TestApp::start_in(world).await
}

/// The attempts of a probe, in the order of its runs.
async fn attempts(app: &TestApp, probe: &Probe) -> anyhow::Result<Vec<i32>> {
    let runs = app.runs(probe).await?;
    Ok(runs.iter().map(|run| run.attempt).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_spends_an_attempt_and_waits_its_backoff_and_a_snooze_spends_none()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let snoozed = Probe::new([Act::Snooze { ms: 1 }, Act::Snooze { ms: 1 }, WORKS]);
    let failing: Vec<Probe> = (0..6).map(|_| Probe::new([FAILS, WORKS])).collect();
    let snoozed_id = app.send(from_ref(&snoozed)).await?[0];
    let failing_ids = app.send(&failing).await?;
    let _worker = worker(&app.world)?;
    let job = app.becomes(snoozed_id, "done").await?;
    assert_eq!((job.attempt, errors(&job).len()), (1, 0));
    assert_eq!(attempts(&app, &snoozed).await?, [1, 1, 1]);
    let mut waits = Vec::new();
    for (probe, id) in failing.iter().zip(failing_ids) {
        let job = app.becomes(id, "done").await?;
        assert_eq!(job.attempt, 2);
        assert_eq!(errors(&job), ["E900 internal: the script says so"]);
        assert_eq!(attempts(&app, probe).await?, [1, 2]);
        let runs = app.runs(probe).await?;
        waits.push(runs[1].began_at - runs[0].began_at);
    }
    // Each is drawn from 0 to 4 s: that all six are this short happens once in a million times.
    let longest = waits.iter().max();
    assert!(longest > Some(&TimeDelta::milliseconds(400)), "{waits:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_says_when_to_come_back_is_waited_for_that_long() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let after = Act::Fail {
        after_ms: Some(100_000),
    };
    let probe = Probe::new([after, WORKS]);
    let id = app.send(from_ref(&probe)).await?[0];
    let _worker = worker(&app.world)?;
    let job = app.becomes(id, "scheduled").await?;
    let waits = job.run_at - app.runs(&probe).await?[0].began_at;
    // A tenth may be added; the rest is for a slow machine.
    assert!((100..150).contains(&waits.num_seconds()), "{waits}");
    assert_eq!(job.attempt, 1);
    assert_eq!(app.becomes_soon(id, "done").await?.attempt, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_keeps_its_errors_and_succeeds_when_it_is_redriven() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let spent = Probe::new([FAILS, FAILS, FAILS, WORKS]);
    let given_up = Probe::new([Act::GiveUp, WORKS]);
    let cancelled = Probe::new([Act::Cancel, WORKS]);
    let ids = app.send(&[spent.clone(), given_up, cancelled]).await?;
    app.sql("UPDATE jobs SET max_attempts = 3").await?;
    let _worker = worker(&app.world)?;
    let ends = [("dead", 3), ("dead", 1), ("cancelled", 1)];
    for (id, (state, attempts)) in ids.iter().zip(ends) {
        let job = app.becomes_soon(*id, state).await?;
        assert_eq!(job.attempt, attempts);
        let all = errors(&job);
        assert_eq!(all.len(), attempts as usize, "{all:?}");
        assert!(all.iter().all(|error| error.contains("says so")), "{all:?}");
    }
    for (id, (_, attempts)) in ids.iter().zip(ends) {
        let (outcome, ticket) = operate::retry(&mut *app.db().await?, &JOBS, *id).await?;
        assert_eq!(outcome, Outcome::Done);
        app.core.pusher.wake(ticket.as_slice()).await;
        let job = app.becomes(*id, "done").await?;
        assert_eq!((job.attempt, job.redrives), (1, 1));
        assert_eq!(errors(&job).len(), attempts as usize);
    }
    assert_eq!(attempts(&app, &spent).await?, [1, 2, 3, 1]);
    assert_eq!(app.results(&spent).await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_an_error_like_any_other_and_takes_no_other_job_with_it() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let bystander = Probe::new([Act::Finish { ms: 800 }]);
    let bystander_id = app.send(from_ref(&bystander)).await?[0];
    let _worker = worker(&app.world)?;
    let beside = app.begins(&bystander, 1).await?;
    let panicking: Vec<Probe> = (0..4).map(|_| Probe::new([Act::Panic, WORKS])).collect();
    for id in app.send(&panicking).await? {
        let job = app.becomes_soon(id, "done").await?;
        assert_eq!(job.attempt, 2);
        assert_eq!(errors(&job), ["E900 internal: the handler panicked"]);
    }
    for probe in &panicking {
        let runs = app.runs(probe).await?;
        assert!(runs.iter().all(|run| run.worker == beside.worker));
    }
    assert_eq!(app.becomes(bystander_id, "done").await?.attempt, 1);
    Ok(())
}

/// The lease is a third of the deadline: without the heartbeat another run would begin before.
#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_never_ends_keeps_its_lease_until_its_deadline_and_no_longer()
-> anyhow::Result<()> {
    let app = short_leases().await?;
    let probe = Probe::new([Act::Hang, WORKS]);
    let id = app.send(from_ref(&probe)).await?[0];
    let _workers = [worker(&app.world)?, worker(&app.world)?];
    let job = app.becomes_soon(id, "done").await?;
    assert_eq!(errors(&job), ["E900 internal: not done within 3s"]);
    assert_eq!(attempts(&app, &probe).await?, [1, 2]);
    Ok(())
}

/// Several times, because it is by chance whether the thread is the one that looks for I/O.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_thread_a_handler_holds_the_others_go_on() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = worker(&app.world)?;
    for _ in 0..5 {
        let holding = Probe::new([Act::Block { ms: 1_000 }]);
        let id = app.send(from_ref(&holding)).await?[0];
        app.begins(&holding, 1).await?;
        let other = app.send(&[Probe::new([WORKS])]).await?[0];
        app.becomes(other, "done").await?;
        assert_eq!(app.results(&holding).await?.len(), 0, "it was waited for");
        app.becomes(id, "done").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_holds_its_thread_loses_its_job_and_holds_up_no_other() -> anyhow::Result<()>
{
    let app = short_leases().await?;
    // Deadline and margin are 3 s and 5 s, then the lease has to run out.
    let stuck = Probe::new([Act::Block { ms: 11_000 }, WORKS]);
    let id = app.send(from_ref(&stuck)).await?[0];
    let first = worker(&app.world)?;
    let held_by = app.begins(&stuck, 1).await?.worker;
    let others: Vec<Probe> = (0..8).map(|_| Probe::new([WORKS])).collect();
    for other in app.send(&others).await? {
        app.becomes(other, "done").await?;
    }
    assert_eq!(app.job(id).await?.state, "running");
    // It takes nothing more, so the job goes to the other one.
    first.signal(Signal::TERM)?;
    let _second = worker(&app.world)?;
    let job = app.becomes(id, "done").await?;
    assert_eq!(errors(&job), [format!("the worker {held_by} was lost")]);
    let (runs, results) = (app.runs(&stuck).await?, app.results(&stuck).await?);
    let took = results[0].applied_at - runs[0].began_at;
    assert!(took < TimeDelta::seconds(11), "while it was stuck: {took}");
    // It ends after its stuck handler, which has tried to store its result by then.
    assert_eq!(first.terminate().await?, Some(0));
    let results = app.results(&stuck).await?;
    assert_eq!(results.len(), 1);
    assert_ne!(results[0].worker, held_by);
    assert_eq!(app.job(id).await?.state, "done");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_of_the_future_waits_and_arguments_that_cannot_be_read_are_dead_at_once()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql(
        "INSERT INTO jobs (id, kind, queue, args, max_attempts, priority, run_at) VALUES
         ('00000000-0000-7000-8000-000000000001', 'probes.probe.v9', 'maintenance', '{}', 3, 1,
             now() - interval '1 day'),
         ('00000000-0000-7000-8000-000000000002', 'probes.probe.v1', 'maintenance', '{}', 3, 1,
             now() - interval '1 day')",
    )
    .await?;
    let others: Vec<Probe> = (0..20).map(|_| Probe::new([WORKS])).collect();
    let ids = app.send(&others).await?;
    let worker = worker(&app.world)?;
    for id in ids {
        app.becomes(id, "done").await?;
    }
    let unread = app.becomes(uuid::Uuid::from_u64_pair(0x7000, 2 | 1 << 63), "dead");
    let unread = unread.await?;
    assert_eq!(unread.attempt, 1);
    assert!(errors(&unread)[0].contains("the arguments cannot be parsed"));
    assert_eq!(worker.terminate().await?, Some(0), "nothing has crashed");
    let untouched = "SELECT count(*) AS count FROM jobs WHERE kind = 'probes.probe.v9'
                     AND state = 'queued' AND attempt = 0 AND fence = 0";
    assert_eq!(app.count(untouched).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_twin_of_a_live_job_is_that_job_and_of_an_ended_one_a_new_one() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let probe = Probe::new([Act::Finish { ms: 1_000 }, WORKS]);
    let first = app.send(from_ref(&probe)).await?[0];
    assert_eq!(app.send(from_ref(&probe)).await?, [first]);
    let _worker = worker(&app.world)?;
    app.begins(&probe, 1).await?;
    assert_eq!(app.send(from_ref(&probe)).await?, [first]);
    app.becomes(first, "done").await?;
    let second = app.send(from_ref(&probe)).await?[0];
    assert_ne!(second, first);
    app.becomes(second, "done").await?;
    assert_eq!(app.results(&probe).await?.len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_job_runs_when_it_is_due_and_not_before() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = worker(&app.world)?;
    let (delayed, delay) = (Probe::new([WORKS]), Duration::from_millis(1_500));
    let ticket = ledger::enqueue_in(&mut *app.db().await?, &delayed, delay).await?;
    // A wake-up too early, as by that of another job.
    app.core.pusher.wake(&[ticket]).await;
    let job = app.becomes(ticket.id, "done").await?;
    let waited = app.runs(&delayed).await?[0].began_at - job.created_at;
    assert!(waited.to_std()? >= delay, "{waited}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_attempt_that_ended_with_its_worker_is_a_dead_letter_and_not_run_again()
-> anyhow::Result<()> {
    let app = short_leases().await?;
    let probe = Probe::new([Act::Hang, WORKS]);
    let id = app.send(from_ref(&probe)).await?[0];
    app.sql("UPDATE jobs SET max_attempts = 1").await?;
    let killed = worker(&app.world)?;
    let name = app.begins(&probe, 1).await?.worker;
    killed.kill().await?;
    let _other = worker(&app.world)?;
    let job = app.becomes(id, "dead").await?;
    let lost = format!("the worker {name} was lost");
    let last = "E902 internal: the last attempt ended with its worker";
    assert_eq!(errors(&job), [lost.as_str(), last]);
    assert_eq!(app.runs(&probe).await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_an_operator_cancels_does_not_run_and_stops_running() -> anyhow::Result<()> {
    let app = short_leases().await?;
    let worker = worker(&app.world)?;
    // Each would apply its result if it were let.
    let [waiting, running, control] = [(); 3].map(|()| Probe::new([Act::Finish { ms: 2_000 }]));
    let far = Duration::from_secs(3_600);
    let waiting_id = ledger::enqueue_in(&mut *app.db().await?, &waiting, far).await?;
    let ids = app.send(&[running.clone(), control]).await?;
    app.begins(&running, 1).await?;
    for id in [waiting_id.id, ids[0]] {
        let (outcome, ticket) = operate::cancel(&mut *app.db().await?, &JOBS, id).await?;
        assert_eq!(outcome, Outcome::Requested);
        app.core.pusher.wake(ticket.as_slice()).await;
        let job = app.becomes(id, "cancelled").await?;
        assert_eq!(errors(&job), ["cancelled by an operator"]);
    }
    // By now the other one would have been done too.
    app.becomes(ids[1], "done").await?;
    assert_eq!(worker.terminate().await?, Some(0));
    assert_eq!(app.runs(&waiting).await?.len(), 0);
    assert_eq!(app.results(&running).await?.len(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_an_operator_cancels_is_failed_and_the_person_gets_a_message()
-> anyhow::Result<()> {
    let app = short_leases().await?;
    app.world.faults(json!({ "ai": { "hang": true } })).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    let _worker = worker(&app.world)?;
    let reads = "kind = 'analyses.read_cup.v1' AND state = 'running'";
    let id = eventually(async || app.job_where(reads).await).await?;
    let (outcome, _) = operate::cancel(&mut *app.db().await?, &JOBS, id).await?;
    assert_eq!(outcome, Outcome::Requested);
    app.becomes(id, "cancelled").await?;
    chat.waits_for(|text| text.contains("by our team")).await?;
    let failed = "SELECT count(*) AS count FROM analysis_history
                  WHERE status = 'failed' AND error_code = 'E905'";
    assert_eq!(app.count(failed).await?, 1);
    let live =
        "SELECT count(*) AS count FROM jobs WHERE kind LIKE 'analyses.%' AND state <> 'done'";
    assert_eq!(
        app.count(live).await?,
        1,
        "only the cancelled step has not been done"
    );
    Ok(())
}

/// The attempt fails before it learns of the cancellation: the job must not stay queued until it is due
/// again.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_that_fails_at_that_moment_does_not_wait_for_its_next_attempt()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let far = Act::Fail {
        after_ms: Some(3_000_000),
    };
    let probe = Probe::new([far]);
    let mut holds_it_up = app.db().await?;
    holds_it_up
        .batch_execute("BEGIN; LOCK TABLE probe_runs IN SHARE MODE")
        .await?;
    let id = app.send(from_ref(&probe)).await?[0];
    let _worker = worker(&app.world)?;
    app.becomes(id, "running").await?;
    operate::cancel(&mut *app.db().await?, &JOBS, id).await?;
    holds_it_up.batch_execute("COMMIT").await?;
    app.becomes(id, "cancelled").await?;
    Ok(())
}
