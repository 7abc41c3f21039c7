//! An AI that lets a person wait: the announcement says that it takes longer.

use ::jobs::Job;
use readings::jobs::ReadCup;
use readings::messages::TellDelay;
use serde_json::json;
use testkit::eventually;
use testkit::pictures::drawn_cup;
use world::TestApp;

use crate::worker;

fn is_delay(text: &str) -> bool {
    text.contains("longer than usual")
}

/// As if the person had sent the photo this long ago.
async fn waiting_since(app: &TestApp, seconds: u32) -> anyhow::Result<()> {
    let waits = "SELECT count(*) AS count FROM analysis_history";
    eventually(async || Ok((app.count(waits).await? == 1).then_some(()))).await?;
    app.sql(&format!(
        "UPDATE analysis_history SET created_at = created_at - interval '{seconds} s'"
    ))
    .await
}

/// Waits until the announcement counts the next minute.
async fn a_minute_later(app: &TestApp) -> anyhow::Result<()> {
    app.sql(
        "UPDATE analysis_history SET created_at = created_at - interval '60 s',
             delay_told_at = delay_told_at - interval '60 s'",
    )
    .await?;
    let chat = app.world.chat(7);
    eventually(async || {
        app.hurry().await?;
        let texts = chat.bot_texts().await?;
        Ok(texts
            .iter()
            .any(|text| text.contains("for 2 min"))
            .then_some(()))
    })
    .await
}

/// Runs the worker until the step has failed so often.
async fn fails(app: &TestApp, times: i32) -> anyhow::Result<()> {
    let failed = async || {
        app.hurry().await?;
        let states = app.states::<ReadCup>().await?;
        let attempts = states.first().map_or(0, |(_, attempts)| *attempts);
        Ok((attempts > times).then_some(()))
    };
    eventually(failed).await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_ai_is_away_the_announcement_says_that_it_takes_longer() -> anyhow::Result<()> {
    // It refuses at once, or it never answers.
    for fault in [
        json!({ "error_rate": 1.0, "status": 503 }),
        json!({ "hang": true }),
    ] {
        let app = TestApp::start().await?;
        app.world.faults(json!({ "ai": fault })).await?;
        let chat = app.world.chat(7);
        chat.sends_photo(drawn_cup(1), "en").await?;
        waiting_since(&app, 60).await?;
        let first = worker(&app.world)?;
        chat.waits_for(is_delay).await?;
        a_minute_later(&app).await?;
        if fault.get("hang").is_none() {
            fails(&app, 3).await?;
        }
        app.world.no_faults().await?;
        first.kill().await?;
        app.drain_jobs().await?;
        let texts = chat.bot_texts().await?;
        assert_eq!(texts.len(), 2, "edited, not sent anew: {texts:?}");
        assert_eq!(texts[0], "☕ Done: see below.");
        assert!(
            texts.last().is_some_and(|text| text.chars().count() > 150),
            "{texts:?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_their_reading_soon_is_not_told_of_a_delay() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let fault = json!({ "error_rate": 1.0, "status": 503, "times": 2 });
    app.world.faults(json!({ "ai": fault })).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(drawn_cup(1), "en").await?;
    app.drain_chat().await?;
    // It was enqueued after the first failure, to come in time should the AI stay away.
    assert_eq!(
        app.states::<TellDelay>().await?.len(),
        1,
        "{}",
        TellDelay::KIND
    );
    let texts = chat.bot_texts().await?;
    assert!(!texts.iter().any(|text| is_delay(text)), "{texts:?}");
    assert!(TellDelay::AFTER.as_secs() < 10);
    Ok(())
}
