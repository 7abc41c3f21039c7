//! Readings that failed and were redriven by an operator.

use jobs::{JobState, operate};
use product::JOBS;
use readings::jobs::ReadCup;
use serde_json::json;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::{TestApp, World};

/// The report of the failure is still queued when the reading is resumed; with one permit it runs
/// first.
#[tokio::test(flavor = "multi_thread")]
async fn a_reading_redriven_before_its_failure_was_reported_is_delivered() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("WORKER_OTHER_CONCURRENCY", 1);
    let app = TestApp::start_in(world).await?;
    let mut conn = app.db().await?;
    let refuses = json!({ "ai": { "error_rate": 1.0, "status": 400 } });
    app.world.faults(refuses).await?;
    let chat = app.world.chat(7);
    let worker = app.worker()?;
    operate::pause(&mut conn, delivery::QUEUE, "a test").await?;
    chat.sends_photo(coffee_cup(), "en").await?;
    eventually(async || {
        let dead = app.states::<ReadCup>().await? == [(JobState::Dead, 1)];
        Ok(dead.then_some(()))
    })
    .await?;
    app.world.no_faults().await?;
    let again = operate::retry_dead(&mut conn, &JOBS, None, None, 10).await?;
    assert_eq!(again.len(), 1);
    app.core.pusher.wake(&again).await;
    let completed = "SELECT count(*) AS count FROM analysis_history WHERE status = 'completed'";
    eventually(async || Ok((app.count(completed).await? == 1).then_some(()))).await?;
    operate::resume(&mut conn, delivery::QUEUE).await?;
    chat.waits_for(|text| text.chars().count() > 150).await?;
    let texts = chat.bot_texts().await?;
    assert!(
        texts.iter().all(|text| !text.contains("stays silent")),
        "{texts:?}"
    );
    worker.stop().await;
    Ok(())
}
