//! The order of jobs: throttles by limit key, rates, fair shares and priorities, across real processes.
//! The tests read the ledger and the probes' own rows, and never sample.

use std::slice::from_ref;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use jobs::ledger;
use probes::jobs::{Act, Probe};
use serde_json::json;
use testkit::eventually;
use testkit::pictures::drawn_cup;
use world::app::{photo_form, words_form};
use world::{TestApp, World};

use crate::{calls_of, worker};

/// A probe that counts against these keys.
fn of(keys: &[&str], act: Act) -> Probe {
    Probe {
        limit_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..Probe::new([act])
    }
}

async fn world_with(settings: &[(&str, u32)]) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    for (name, value) in settings {
        world.set(name, value);
    }
    TestApp::start_in(world).await
}

/// How many probes of a key were at work at once at most: each from its first sign of life to its
/// result, which both lie within the time for which its job was running.
async fn most_at_once(app: &TestApp, key: &str) -> anyhow::Result<i64> {
    app.count(&format!(
        "WITH spans AS (
             SELECT began_at, applied_at FROM probe_runs JOIN probe_results USING (probe_id, worker)
             JOIN jobs ON args ->> 'id' = probe_id::text WHERE '{key}' = ANY (jobs.limit_keys)),
         steps AS (SELECT began_at AS at, 1 AS step FROM spans
                   UNION ALL SELECT applied_at, -1 FROM spans)
         SELECT max(running) AS count
         FROM (SELECT sum(step) OVER (ORDER BY at, step) AS running FROM steps) AS sums"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_n_jobs_of_a_key_run_at_once_in_two_processes() -> anyhow::Result<()> {
    let limits = [
        ("ANALYSES_RUNNING_PER_USER", 3),
        ("AI_RUNNING", 5),
        ("WORKER_OTHER_CONCURRENCY", 4),
    ];
    let app = world_with(&limits).await?;
    let _workers = [worker(&app.world)?, worker(&app.world)?];
    let users = ["user:a", "user:b"];
    let probe = |at: usize| of(&[users[at % 2], "ai:x"], Act::Finish { ms: 60 });
    let probes: Vec<Probe> = (0..40).map(probe).collect();
    for id in app.send(&probes).await? {
        assert_eq!(app.becomes(id, "done").await?.attempt, 1);
    }
    for user in users {
        assert_eq!(most_at_once(&app, user).await?, 3);
    }
    // More than one process has permits for.
    assert_eq!(most_at_once(&app, "ai:x").await?, 5);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_jobs_of_one_person_do_not_hold_up_one_of_another() -> anyhow::Result<()> {
    let app = world_with(&[("ANALYSES_RUNNING_PER_USER", 3)]).await?;
    let many: Vec<Probe> = (0..500)
        .map(|_| of(&["user:a"], Act::Finish { ms: 20 }))
        .collect();
    let one = of(&["user:b"], Act::Finish { ms: 20 });
    app.send(&many).await?;
    let id = app.send(from_ref(&one)).await?[0];
    let _workers = [worker(&app.world)?, worker(&app.world)?];
    app.becomes(id, "done").await?;
    let before = app
        .count(&format!(
            "SELECT count(*) AS count FROM probe_results WHERE id <
             (SELECT id FROM probe_results WHERE probe_id = '{}')",
            one.id
        ))
        .await?;
    // In the order of the queue it would be all 500.
    assert!(before < 250, "{before} were before it");
    Ok(())
}

/// The `n`-th start (from 0) comes no sooner than the rate allows after `since`, in whichever process it
/// starts.
fn assert_rate(mut starts: Vec<DateTime<Utc>>, since: DateTime<Utc>, burst: i32, step: TimeDelta) {
    starts.sort_unstable();
    for (n, start) in (0..).zip(&starts) {
        let soonest = since + step * (n + 1 - burst).max(0) - TimeDelta::milliseconds(1);
        assert!(
            *start >= soonest,
            "{n}: {start} of {starts:?} since {since}"
        );
    }
}

/// Three at once, then one in a twentieth of a second.
#[tokio::test(flavor = "multi_thread")]
async fn a_rate_holds_across_processes_and_only_the_burst_starts_at_once() -> anyhow::Result<()> {
    let app = world_with(&[("TELEGRAM_CHAT_PER_SECOND", 20)]).await?;
    let _workers = [worker(&app.world)?, worker(&app.world)?];
    for _ in 0..2 {
        let probes: Vec<Probe> = (0..13)
            .map(|_| of(&["chat:1"], Act::Finish { ms: 0 }))
            .collect();
        let ids = app.send(&probes).await?;
        let mut starts = Vec::new();
        for (id, probe) in ids.iter().zip(&probes) {
            app.becomes(*id, "done").await?;
            starts.push(app.runs(probe).await?[0].began_at);
        }
        let since = app.job(ids[0]).await?.created_at;
        assert_rate(starts, since, 3, TimeDelta::milliseconds(50));
        // What is not used is not saved up: after a rest it is the same again.
        let rested = "SELECT count(*) AS count FROM job_keys
                      WHERE key = 'chat:1' AND busy_until < now() - interval '1 s'";
        eventually(async || Ok((app.count(rested).await? == 1).then_some(()))).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_wait_for_a_rate_keep_their_order_and_new_ones_queue_behind() -> anyhow::Result<()>
{
    let app = world_with(&[("TELEGRAM_CHAT_PER_SECOND", 5)]).await?;
    let _worker = worker(&app.world)?;
    let probes: Vec<Probe> = (0..12)
        .map(|_| of(&["chat:1"], Act::Finish { ms: 0 }))
        .collect();
    let mut ids = app.send(&probes[..8]).await?;
    app.begins(&probes[4], 1).await?;
    ids.extend(app.send(&probes[8..]).await?);
    let mut starts = Vec::new();
    for id in ids {
        starts.push(app.becomes(id, "done").await?.started_at);
    }
    assert!(starts.is_sorted(), "{starts:?}");
    Ok(())
}

/// Telegram's own limit for a chat: one a second, and here three at once. A reading takes two: its
/// slot, and the text that is written into it.
#[tokio::test(flavor = "multi_thread")]
async fn messages_to_one_chat_come_at_the_rate_that_telegram_allows() -> anyhow::Result<()> {
    let app = world_with(&[("TELEGRAM_CHAT_PER_SECOND", 1)]).await?;
    let _workers = [worker(&app.world)?, worker(&app.world)?];
    let (chat, since) = (app.world.chat(7), Utc::now());
    // Equal notices would be merged.
    for text in ["/start", "a", "thank you"] {
        chat.says(text, "en").await?;
    }
    app.post_as_service(words_form("a bird")).await?.id()?;
    let delivered = "SELECT count(*) AS count FROM analysis_history WHERE delivered_at IS NOT NULL";
    eventually(async || Ok((app.count(delivered).await? == 1).then_some(()))).await?;
    let calls = calls_of(&app.world, "telegram").await?;
    let messages = calls
        .iter()
        .filter(|call| call["method"] == "sendMessage" || call["method"] == "editMessageText");
    let at = |call: &serde_json::Value| call["at"].as_str().unwrap_or_default().parse();
    let arrivals: Vec<DateTime<Utc>> = messages.map(at).collect::<Result<_, _>>()?;
    assert_eq!(arrivals.len(), 5, "three notices, a slot, its text");
    assert_rate(arrivals, since, 3, TimeDelta::seconds(1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_photos_of_one_person_do_not_delay_the_photo_of_another() -> anyhow::Result<()> {
    let limits = [
        ("ANALYSES_RUNNING_PER_USER", 2),
        ("WORKER_ANALYSIS_CONCURRENCY", 4),
    ];
    let app = world_with(&limits).await?;
    let slow = json!({ "ai": { "latency_ms": 100 } });
    app.world.faults(slow).await?;
    let photo = drawn_cup(1);
    for _ in 0..30 {
        app.post_as_service(photo_form(photo.clone())).await?.id()?;
    }
    let proof = app.world.chat(8).init_data().await?;
    let one = app.post_as_person(&proof, photo_form(photo)).await?.id()?;
    let _worker = worker(&app.world)?;
    assert_eq!(app.ended(&one).await?["status"], "completed");
    let before = format!(
        "SELECT count(*) AS count FROM analysis_history
         WHERE completed_at < (SELECT completed_at FROM analysis_history WHERE id = '{one}')"
    );
    let before = app.count(&before).await?;
    assert!(before < 15, "{before} of 30 were completed before it");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_class_gets_its_share_however_many_wait_in_the_others() -> anyhow::Result<()> {
    let app = world_with(&[("WORKER_OTHER_CONCURRENCY", 2)]).await?;
    for (class, count) in [(1, 800), (2, 100), (3, 100)] {
        let probe = || Probe {
            class,
            ..Probe::new([Act::Finish { ms: 5 }])
        };
        let probes: Vec<Probe> = (0..count).map(|_| probe()).collect();
        let _ = ledger::enqueue_all(&mut *app.db().await?, &probes).await?;
    }
    let _worker = worker(&app.world)?;
    let done = "SELECT count(*) AS count FROM probe_results";
    eventually(async || Ok((app.count(done).await? >= 200).then_some(()))).await?;
    let mut shares = Vec::new();
    for class in 1..=3 {
        let share = format!(
            "SELECT count(*) AS count
             FROM (SELECT probe_id FROM probe_results ORDER BY id LIMIT 200) AS first
             JOIN jobs ON args ->> 'id' = probe_id::text WHERE priority = {class}"
        );
        shares.push(app.count(&share).await?);
    }
    // Seven, two and one of ten claims; a claim takes a few jobs.
    assert!(shares[0] > shares[1] && shares[1] > shares[2], "{shares:?}");
    assert!((5..60).contains(&shares[2]), "{shares:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_worker_held_of_a_limit_is_free_once_its_lease_is_over() -> anyhow::Result<()>
{
    let limits = [("ANALYSES_RUNNING_PER_USER", 1), ("WORKER_LEASE_MS", 1_000)];
    let app = world_with(&limits).await?;
    let killed = worker(&app.world)?;
    let held = of(&["user:a"], Act::Finish { ms: 1_500 });
    let waiting = of(&["user:a"], Act::Finish { ms: 0 });
    let ids = app.send(&[held.clone(), waiting]).await?;
    app.begins(&held, 1).await?;
    app.becomes(ids[1], "blocked").await?;
    killed.kill().await?;
    let _other = worker(&app.world)?;
    assert_eq!(app.becomes(ids[1], "done").await?.attempt, 1);
    assert_eq!(app.becomes(ids[0], "done").await?.attempt, 2);
    assert_eq!(most_at_once(&app, "user:a").await?, 1);
    Ok(())
}

/// The dead worker's lease is long: what it held is still taken while the others run.
#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_wait_for_a_limit_go_on_when_it_is_raised() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("ANALYSES_RUNNING_PER_USER", 1);
    world.set("WORKER_LEASE_MS", 600_000);
    let mut app = TestApp::start_in(world).await?;
    let before = worker(&app.world)?;
    let held = of(&["user:a"], Act::Hang);
    let waiting = [(); 3].map(|()| of(&["user:a"], Act::Finish { ms: 0 }));
    let id = app.send(from_ref(&held)).await?[0];
    app.begins(&held, 1).await?;
    let ids = app.send(&waiting).await?;
    app.becomes(ids[2], "blocked").await?;
    before.kill().await?;
    app.world.set("ANALYSES_RUNNING_PER_USER", 2);
    let _after = worker(&app.world)?;
    for id in ids {
        app.becomes(id, "done").await?;
    }
    assert_eq!(app.job(id).await?.state, "running");
    assert_eq!(
        most_at_once(&app, "user:a").await?,
        1,
        "of those that were done"
    );
    Ok(())
}

/// Retention has chosen the key's row when the claim looks for it, and deletes it when the claim
/// waits for its lock.
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_while_the_row_of_its_key_is_deleted() -> anyhow::Result<()> {
    let app = world_with(&[("ANALYSES_RUNNING_PER_USER", 1)]).await?;
    let _worker = worker(&app.world)?;
    let first = of(&["user:a"], Act::Finish { ms: 1_500 });
    let first_id = app.send(from_ref(&first)).await?[0];
    app.begins(&first, 1).await?;
    let mut retention = app.db().await?;
    retention
        .batch_execute("BEGIN; SELECT FROM job_keys FOR UPDATE")
        .await?;
    let second = of(&["user:a"], Act::Finish { ms: 0 });
    let second_id = app.send(from_ref(&second)).await?[0];
    app.a_statement_waits_for_a_lock().await?;
    retention
        .batch_execute("DELETE FROM job_keys; COMMIT")
        .await?;
    for id in [first_id, second_id] {
        app.becomes(id, "done").await?;
    }
    assert_eq!(most_at_once(&app, "user:a").await?, 1);
    Ok(())
}
