//! Real worker processes, killed while they run jobs.

use std::path::Path;

use serde_json::json;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use testkit::process::Process;
use world::{TestApp, World};

fn worker_binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_worker"))
}

/// Kills a worker while the job of one step runs, and lets another finish the reading.
async fn killed_during(kind: &str, faults: serde_json::Value) -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("WORKER_LEASE_MS", 2_000);
    let app = TestApp::start_in(world).await?;
    app.world.faults(faults).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    let worker = Process::start(worker_binary(), &app.world.env, None)?;
    let running =
        format!("SELECT count(*) AS count FROM jobs WHERE kind = '{kind}' AND state = 'running'");
    eventually(async || Ok((app.count(&running).await? == 1).then_some(()))).await?;
    worker.kill().await?;
    app.world.no_faults().await?;
    let _other = Process::start(worker_binary(), &app.world.env, None)?;
    let reading = chat.waits_for(|text| text.chars().count() > 150).await?;
    let unfinished = "SELECT count(*) AS count FROM jobs WHERE state IN ('queued', 'running')";
    eventually(async || Ok((app.count(unfinished).await? == 0).then_some(()))).await?;
    let texts = chat.bot_texts().await?;
    assert_eq!(
        texts.iter().filter(|text| **text == reading).count(),
        1,
        "{texts:?}"
    );
    assert_eq!(
        texts
            .iter()
            .filter(|text| text.chars().count() > 150)
            .count(),
        1,
        "{texts:?}"
    );
    assert_eq!(
        app.count("SELECT count(*) AS count FROM jobs WHERE state = 'dead'")
            .await?,
        0
    );
    let rescued = format!(
        "SELECT count(*) AS count FROM jobs WHERE kind = '{kind}' AND attempt = 2 AND state = 'done'"
    );
    assert_eq!(
        app.count(&rescued).await?,
        1,
        "the killed attempt was tried again"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_fetches_the_photo() -> anyhow::Result<()> {
    let slow = json!({ "telegram": { "methods": { "getFile": { "latency_ms": 3000 } } } });
    killed_during("analyses.fetch_photo.v1", slow).await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_prepares_the_image() -> anyhow::Result<()> {
    killed_during(
        "analyses.prepare_image.v1",
        json!({ "s3": { "latency_ms": 3000 } }),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_ai_looks_into_the_cup() -> anyhow::Result<()> {
    killed_during(
        "analyses.read_cup.v1",
        json!({ "ai": { "latency_ms": 3000 } }),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_ai_writes_the_reading() -> anyhow::Result<()> {
    killed_during(
        "analyses.interpret.v1",
        json!({ "ai": { "latency_ms": 3000 } }),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_slot_of_the_reading_is_sent() -> anyhow::Result<()> {
    let slow = json!({ "telegram": { "methods": { "sendMessage": { "latency_ms": 3000 } } } });
    killed_during("notifications.deliver_analysis.v1", slow).await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_reading_is_written_into_its_slot() -> anyhow::Result<()> {
    let slow = json!({ "telegram": { "methods": { "editMessageText": { "latency_ms": 3000 } } } });
    killed_during("notifications.deliver_analysis.v1", slow).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_asked_to_stop_finishes_what_it_has_and_takes_nothing_new() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    // Longer than this test waits: it has to end because it is done, not because time is up.
    world.set("WORKER_GRACE_MS", 3_600_000);
    let app = TestApp::start_in(world).await?;
    app.world
        .faults(json!({ "ai": { "latency_ms": 1500 } }))
        .await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    let worker = Process::start(worker_binary(), &app.world.env, None)?;
    let running = "SELECT count(*) AS count FROM jobs
                   WHERE kind = 'analyses.read_cup.v1' AND state = 'running'";
    eventually(async || Ok((app.count(running).await? == 1).then_some(()))).await?;
    assert_eq!(worker.terminate().await?, Some(0));
    let done = "SELECT count(*) AS count FROM jobs WHERE attempt = 1 AND state = 'done'
                AND kind = 'analyses.read_cup.v1'";
    assert_eq!(app.count(done).await?, 1);
    let next = "SELECT count(*) AS count FROM jobs WHERE attempt = 0 AND state = 'queued'
                AND kind = 'analyses.interpret.v1'";
    assert_eq!(app.count(next).await?, 1);
    assert_eq!(app.world.calls("ai").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_cannot_finish_in_time_returns_its_jobs_unspent() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("WORKER_GRACE_MS", 300);
    let app = TestApp::start_in(world).await?;
    app.world.faults(json!({ "ai": { "hang": true } })).await?;
    app.world.chat(7).sends_photo(coffee_cup(), "en").await?;
    let worker = Process::start(worker_binary(), &app.world.env, None)?;
    let running = "SELECT count(*) AS count FROM jobs
                   WHERE kind = 'analyses.read_cup.v1' AND state = 'running'";
    eventually(async || Ok((app.count(running).await? == 1).then_some(()))).await?;
    assert_eq!(worker.terminate().await?, Some(0));
    let returned = "SELECT count(*) AS count FROM jobs
                    WHERE kind = 'analyses.read_cup.v1' AND state = 'queued' AND attempt = 0";
    assert_eq!(app.count(returned).await?, 1);
    Ok(())
}
