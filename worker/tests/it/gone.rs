//! What is not there: a message slot that the person has deleted, and a file that Telegram does not have yet,
//! or never will.

use jobs::JobState;
use readings::jobs::FetchPhoto;
use readings::messages::DeliverAnalysis;
use serde_json::json;
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::app::photo_form;
use world::{BOT_TOKEN, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_whose_slot_was_deleted_is_sent_anew_and_stands_in_the_chat_once()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    let busy = json!({ "rate_limit": { "retry_after": 600 }, "times": 1 });
    let plan = json!({ "telegram": { "methods": { "editMessageText": busy } } });
    app.world.faults(plan).await?;
    app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let worker = app.worker()?;
    let waits = "SELECT count(*) AS count FROM jobs WHERE attempt = 1 AND state = 'queued'
                 AND kind = 'notifications.deliver_analysis.v1'";
    eventually(async || Ok((app.count(waits).await? == 1).then_some(()))).await?;
    let messages = chat.messages().await?;
    let slot = messages.last().expect("a slot")["message_id"].clone();
    let url = format!("/telegram/bot{BOT_TOKEN}/deleteMessage");
    let call = app.world.http.post(app.world.outside(&url));
    let call = call.json(&json!({ "chat_id": 7, "message_id": slot }));
    call.send().await?.error_for_status()?;
    worker.stop().await;
    app.drain_jobs().await?;
    let sent = chat.bot_texts().await?;
    let long = sent.iter().filter(|text| text.chars().count() > 200);
    assert_eq!(long.count(), 1, "{sent:?}");
    let replaced = format!(
        "SELECT count(*) AS count FROM analysis_history WHERE delivered_at IS NOT NULL
             AND cardinality(delivery_message_ids) = 1 AND delivery_message_ids[1] > {slot}"
    );
    assert_eq!(app.count(&replaced).await?, 1);
    // Delivered once more, it is edited where it stands, and keeps its buttons.
    app.sql(
        "UPDATE analysis_history SET delivered_at = NULL;
         UPDATE jobs SET state = 'queued', finished_at = NULL, attempt = 0
         WHERE kind = 'notifications.deliver_analysis.v1'",
    )
    .await?;
    app.drain_jobs().await?;
    assert_eq!(chat.bot_texts().await?, sent);
    chat.button("ask:").await?;
    assert_eq!(app.states::<DeliverAnalysis>().await?[0].0, JobState::Done);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_there_yet_is_asked_for_again() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let fault = json!({ "error_rate": 1.0, "status": 404, "times": 2 });
    let plan = json!({ "telegram": { "methods": { "file": fault } } });
    app.world.faults(plan).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    app.drain_chat().await?;
    let read = "SELECT count(*) AS count FROM analysis_history WHERE status = 'completed'";
    assert_eq!(app.count(read).await?, 1, "{:?}", chat.bot_texts().await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_never_comes_is_told_after_some_attempts_and_costs_nothing()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let fault = json!({ "error_rate": 1.0, "status": 404 });
    let plan = json!({ "telegram": { "methods": { "file": fault } } });
    app.world.faults(plan).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    app.drain_chat().await?;
    chat.waits_for(|text| text.contains("Please send it again"))
        .await?;
    let attempts = app.states::<FetchPhoto>().await?[0].1;
    assert!((2..20).contains(&attempts), "{attempts}");
    let used = "SELECT sum(day_used)::bigint AS count FROM meters";
    assert_eq!(app.count(used).await?, 0);
    Ok(())
}
