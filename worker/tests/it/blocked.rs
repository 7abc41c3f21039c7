//! A person blocks the bot: nothing is sent until they are back, and what they would expect has waited.

use bot::jobs::{Notice, SendNotice};
use jobs::{JobState, ledger};
use readings::messages::DeliverAnalysis;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::TestApp;

const MARKED: &str = "SELECT count(*) AS count FROM users WHERE bot_blocked_at IS NOT NULL";

fn membership(update_id: i64, status: &str) -> Value {
    let user = json!({ "id": 7, "is_bot": false, "first_name": "Ann", "language_code": "en" });
    json!({ "update_id": update_id, "my_chat_member": {
        "chat": { "id": 7, "type": "private", "first_name": "Ann" }, "from": user,
        "date": 1_760_000_000, "old_chat_member": { "status": "member", "user": user },
        "new_chat_member": { "status": status, "user": user } } })
}

async fn started() -> anyhow::Result<TestApp> {
    let app = TestApp::start().await?;
    app.world.chat(7).says("/start", "en").await?;
    app.drain_chat().await?;
    Ok(app)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_not_answered_and_ends_notices_until_it_is_taken_back() -> anyhow::Result<()> {
    let app = started().await?;
    let chat = app.world.chat(7);
    let before = chat.bot_texts().await?;
    app.post_update(&membership(9_001, "kicked")).await?;
    assert_eq!(app.count(MARKED).await?, 1);
    let notice = SendNotice {
        user_id: app.user_id(7).await?,
        chat_id: 7,
        notice: Notice::StayedAway,
        replaces: None,
    };
    let _ = ledger::enqueue(&mut *app.db().await?, &notice).await?;
    app.drain_jobs().await?;
    assert_eq!(chat.bot_texts().await?, before);
    let ended = app.states::<SendNotice>().await?;
    assert_eq!(ended, [(JobState::Done, 1), (JobState::Done, 1)]);

    app.post_update(&membership(9_002, "member")).await?;
    assert_eq!(app.count(MARKED).await?, 0);
    let _ = ledger::enqueue(&mut *app.db().await?, &notice).await?;
    app.drain_jobs().await?;
    assert_eq!(chat.bot_texts().await?.len(), before.len() + 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_blocks_the_bot_is_not_stored() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.post_update(&membership(9_001, "kicked")).await?;
    assert_eq!(app.rows().await?, (0, 0, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_waits_for_a_person_who_has_blocked_the_bot_and_comes_once() -> anyhow::Result<()>
{
    let app = started().await?;
    let chat = app.world.chat(7);
    let blocked = json!({ "error_rate": 1.0, "status": 403 });
    let faults = json!({ "telegram": { "methods": { "sendMessage": blocked } } });
    app.world.faults(faults).await?;
    chat.sends_photo(coffee_cup(), "en").await?;
    eventually(async || Ok((app.rows().await?.1 == 1).then_some(()))).await?;
    app.drain_jobs().await?;
    let waits = "SELECT count(*) AS count FROM analysis_history
                 WHERE status = 'completed' AND delivered_at IS NULL";
    assert_eq!((app.count(waits).await?, app.count(MARKED).await?), (1, 1));
    let undone = "SELECT count(*) AS count FROM jobs WHERE state <> 'done'";
    assert_eq!(app.count(undone).await?, 0);

    app.world.no_faults().await?;
    let before = chat.bot_texts().await?.len();
    // They take it back, and press Start.
    app.post_update(&membership(9_001, "member")).await?;
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    chat.waits_for(|text| text.chars().count() > 150).await?;
    assert_eq!(chat.bot_texts().await?.len(), before + 2);
    assert_eq!(app.states::<DeliverAnalysis>().await?.len(), 2);
    let delivered = "SELECT count(*) AS count FROM analysis_history WHERE delivered_at IS NOT NULL";
    assert_eq!(app.count(delivered).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_of_a_person_who_cannot_be_reached_is_told_when_they_are_back()
-> anyhow::Result<()> {
    let app = started().await?;
    let chat = app.world.chat(7);
    let (_, link) = app.orders("BASIC", "telegram_stars").await?;
    app.post_update(&membership(9_001, "kicked")).await?;
    chat.pays(&link).await?.expect("the bot takes the money");
    let paid = async || Ok((app.subscription().await?["tier"] == "BASIC").then_some(()));
    eventually(paid).await?;
    app.drain_jobs().await?;
    let is_told = async || {
        let texts = chat.bot_texts().await?;
        Ok::<_, anyhow::Error>(
            texts
                .iter()
                .filter(|text| text.contains("Payment received"))
                .count(),
        )
    };
    assert_eq!(is_told().await?, 0);
    for update_id in [9_002, 9_003] {
        app.post_update(&membership(update_id, "member")).await?;
        app.drain_jobs().await?;
    }
    assert_eq!(is_told().await?, 1);
    Ok(())
}
