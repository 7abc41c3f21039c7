//! A reading in the person's chat while it is being written. The AI is the test itself: it says the
//! answer piece by piece.

use jobs::JobState;
use readings::jobs::Interpret;
use serde_json::json;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::writer::{Writer, Writing};
use world::{Chat, TestApp, World};

use crate::{calls_of, worker};

const START: &str = r#"{"appropriate": true, "intro": "A bird crosses your cup.", "#;
const REST: &str = r#""sections": [{"title": "Bird & sky", "content": "News is on its way."}, {"title": "Advice", "content": "Rest well."}]}"#;
/// The same, as it stands in the chat.
const MESSAGE: &str =
    "A bird crosses your cup.\n\nBird & sky\nNews is on its way.\n\nAdvice\nRest well.";

async fn stage(settings: &[(&str, &str)]) -> anyhow::Result<(TestApp, Writer)> {
    let mut world = World::new().await?;
    let writer = Writer::stand_in(&mut world).await?;
    for (name, value) in settings {
        world.set(name, value);
    }
    Ok((TestApp::start_in(world).await?, writer))
}

/// Waits until the chat shows this as what the bot is still writing.
async fn drafted(chat: Chat<'_>, text: &str) -> anyhow::Result<()> {
    let shown = eventually(async || {
        let drafts = chat.drafts().await?;
        Ok(drafts
            .last()
            .is_some_and(|(_, last)| last == text)
            .then_some(()))
    });
    match shown.await {
        Ok(()) => Ok(()),
        Err(why) => Err(why.context(format!("{:?}", chat.drafts().await?))),
    }
}

/// Says the rest, and waits for the message. It stands there once, and no draft comes after it.
async fn delivers(app: &TestApp, chat: Chat<'_>, mut writing: Writing) -> anyhow::Result<()> {
    writing.says(REST).await?;
    writing.ends().await?;
    chat.waits_for(|text| text == MESSAGE).await?;
    // The end of the announcement waits for a token that one test's chat does not get.
    let unfinished = "SELECT count(*) AS count FROM jobs WHERE state IN ('queued', 'running')
                      AND kind <> 'notifications.show_progress.v1'";
    eventually(async || Ok((app.count(unfinished).await? == 0).then_some(()))).await?;
    let texts = chat.bot_texts().await?;
    let readings = texts.iter().filter(|text| text.contains("A bird"));
    assert_eq!(readings.count(), 1, "{texts:?}");
    let calls = calls_of(&app.world, "telegram").await?;
    let at = |method: &str| calls.iter().rposition(|call| call["method"] == method);
    assert!(at("sendMessageDraft") < at("editMessageText"));
    Ok(())
}

async fn drafts_asked_for(app: &TestApp) -> anyhow::Result<usize> {
    let calls = calls_of(&app.world, "telegram").await?;
    let drafts = calls
        .iter()
        .filter(|call| call["method"] == "sendMessageDraft");
    Ok(drafts.count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_grows_in_the_chat_and_stands_there_once() -> anyhow::Result<()> {
    let (app, mut writer) = stage(&[]).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    let _worker = worker(&app.world)?;
    let mut writing = writer.next().await?;
    writing.says("```json\n").await?;
    writing.says(&START[..34]).await?;
    drafted(chat, "A").await?;
    writing.says(&START[34..]).await?;
    writing
        .says(r#""sections": [{"title": "Bird \u0026 sky", "#)
        .await?;
    drafted(chat, "A bird crosses your cup.").await?;
    writing.says(r#""content": "News"#).await?;
    drafted(chat, "A bird crosses your cup.\n\nBird & sky\nNews").await?;
    let end = r#" is on its way."}, {"title": "Advice", "content": "Rest well."}]}"#;
    writing.says(&format!("{end}\n```")).await?;
    writing.ends().await?;
    chat.waits_for(|text| text == MESSAGE).await?;
    let drafts = chat.drafts().await?;
    assert!(
        drafts.iter().all(|(_, text)| MESSAGE.starts_with(text)),
        "{drafts:?}"
    );
    let id = drafts[0].0;
    assert!(
        id != 0 && drafts.iter().all(|(other, _)| *other == id),
        "{drafts:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_draft_a_second_is_enough() -> anyhow::Result<()> {
    let (app, mut writer) = stage(&[]).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    let _worker = worker(&app.world)?;
    let mut writing = writer.next().await?;
    // Each piece comes as soon as the one before it is shown: at once, if nothing held the drafts back.
    let mut said = 0;
    for (end, shown) in [
        (35, "A b"),
        (38, "A bird"),
        (46, "A bird crosses"),
        (START.len(), "A bird crosses your cup."),
    ] {
        writing.says(&START[said..end]).await?;
        said = end;
        drafted(chat, shown).await?;
    }
    let calls = calls_of(&app.world, "telegram").await?;
    let drafts = calls
        .iter()
        .filter(|call| call["method"] == "sendMessageDraft");
    let times: Vec<i64> = drafts.map(|call| moment(&call["at"])).collect();
    assert!(times.len() >= 4, "{times:?}");
    let pauses = times.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(pauses.min() >= Some(950), "{times:?}");
    delivers(&app, chat, writing).await
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_can_be_switched_off() -> anyhow::Result<()> {
    let (app, mut writer) = stage(&[("TELEGRAM_DRAFTS", "false")]).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    let _worker = worker(&app.world)?;
    let mut writing = writer.next().await?;
    writing.says(START).await?;
    delivers(&app, chat, writing).await?;
    assert_eq!(drafts_asked_for(&app).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_without_a_token_to_spare_shows_no_draft_and_gets_its_message() -> anyhow::Result<()>
{
    // A thousandth of a message a second: the announcement takes what can be spared.
    let (app, mut writer) = stage(&[("TELEGRAM_CHAT_PER_SECOND", "0.001")]).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    let _worker = worker(&app.world)?;
    let mut writing = writer.next().await?;
    chat.waits_for(|text| !text.is_empty()).await?;
    writing.says(START).await?;
    delivers(&app, chat, writing).await?;
    assert_eq!(drafts_asked_for(&app).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn telegram_that_refuses_drafts_is_asked_once_and_the_reading_is_delivered()
-> anyhow::Result<()> {
    for fault in [
        json!({ "error_rate": 1.0, "status": 400 }),
        json!({ "error_rate": 1.0, "status": 403 }),
        json!({ "rate_limit": { "retry_after": 1 } }),
    ] {
        let (app, mut writer) = stage(&[]).await?;
        let plan = json!({ "telegram": { "methods": { "sendMessageDraft": fault } } });
        app.world.faults(plan).await?;
        let chat = app.world.chat(7);
        chat.sends_photo(coffee_cup(), "en").await?;
        let _worker = worker(&app.world)?;
        let mut writing = writer.next().await?;
        writing.says(START).await?;
        eventually(async || Ok((drafts_asked_for(&app).await? > 0).then_some(()))).await?;
        delivers(&app, chat, writing).await?;
        assert_eq!(drafts_asked_for(&app).await?, 1, "{fault}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_that_hang_hold_up_nothing() -> anyhow::Result<()> {
    let (app, mut writer) = stage(&[]).await?;
    let fault = json!({ "hang": true, "times": 1 });
    let plan = json!({ "telegram": { "methods": { "sendMessageDraft": fault } } });
    app.world.faults(plan).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    let _worker = worker(&app.world)?;
    let mut writing = writer.next().await?;
    writing.says(START).await?;
    eventually(async || {
        let plan = app.world.http.get(app.world.outside("/control/faults"));
        let plan: serde_json::Value = plan.send().await?.json().await?;
        Ok((plan["telegram"]["methods"]["sendMessageDraft"].is_null()).then_some(()))
    })
    .await?;
    // Telegram's own timeout is twenty seconds.
    let begun = std::time::Instant::now();
    delivers(&app, chat, writing).await?;
    assert!(begun.elapsed() < std::time::Duration::from_secs(10));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_while_it_writes_leaves_one_reading_and_the_next_starts_over()
-> anyhow::Result<()> {
    let (app, mut writer) = stage(&[("WORKER_LEASE_MS", "1000")]).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    let killed = worker(&app.world)?;
    let mut writing = writer.next().await?;
    writing
        .says(r#"{"appropriate": true, "intro": "Once upon a time"#)
        .await?;
    drafted(chat, "Once upon a time").await?;
    killed.kill().await?;
    let _other = worker(&app.world)?;
    let mut writing = writer.next().await?;
    writing.says(START).await?;
    drafted(chat, "A bird crosses your cup.").await?;
    delivers(&app, chat, writing).await?;
    let drafts = chat.drafts().await?;
    assert!(
        drafts.iter().all(|(id, _)| *id == drafts[0].0),
        "{drafts:?}"
    );
    assert_eq!(app.states::<Interpret>().await?, [(JobState::Done, 2)]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_written_already_is_not_shown_again_by_a_second_run() -> anyhow::Result<()>
{
    let (app, mut writer) = stage(&[]).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    let _worker = worker(&app.world)?;
    let mut writing = writer.next().await?;
    writing.says(START).await?;
    drafted(chat, "A bird crosses your cup.").await?;
    delivers(&app, chat, writing).await?;
    let before = drafts_asked_for(&app).await?;
    app.sql(
        "UPDATE jobs SET state = 'queued', finished_at = NULL WHERE kind = 'analyses.interpret.v1'",
    )
    .await?;
    let second =
        async || Ok((app.states::<Interpret>().await? == [(JobState::Done, 2)]).then_some(()));
    eventually(second).await?;
    assert_eq!(drafts_asked_for(&app).await?, before);
    let texts = chat.bot_texts().await?;
    assert_eq!(texts.iter().filter(|text| *text == MESSAGE).count(), 1);
    Ok(())
}

/// A moment of the sandbox's list of calls, in milliseconds.
fn moment(at: &serde_json::Value) -> i64 {
    let at = at.as_str().unwrap_or_default();
    let moment = chrono::DateTime::parse_from_rfc3339(at).expect("a moment");
    moment.timestamp_millis()
}
