//! A person blocks the bot: nothing is sent until they are back, and what they would expect has waited.

use audit::model::Origin;
use bot::jobs::{Notice, SendNotice};
use bot::support;
use chrono::Utc;
use diesel_async::SimpleAsyncConnection;
use jobs::{JobState, ledger};
use money::payments::messages::PaymentRefused;
use money::subscriptions::messages::PlanEnded;
use money::subscriptions::model::SubscriptionTier;
use readings::messages::DeliverAnalysis;
use readings::undelivered;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::pictures::coffee_cup;
use world::TestApp;
use world::app::photo_form;

use crate::worker;

const MARKED: &str = "SELECT count(*) AS count FROM users WHERE bot_blocked_at IS NOT NULL";

/// A change of the membership of person 7, so many seconds after now.
fn membership(update_id: i64, status: &str, after: i64) -> Value {
    let user = json!({ "id": 7, "is_bot": false, "first_name": "Ann", "language_code": "en" });
    json!({ "update_id": update_id, "my_chat_member": {
        "chat": { "id": 7, "type": "private", "first_name": "Ann" }, "from": user,
        "date": Utc::now().timestamp() + after, "old_chat_member": { "status": "member", "user": user },
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
    app.post_update(&membership(9_001, "kicked", 10)).await?;
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

    app.post_update(&membership(9_002, "member", 20)).await?;
    assert_eq!(app.count(MARKED).await?, 0);
    let _ = ledger::enqueue(&mut *app.db().await?, &notice).await?;
    app.drain_jobs().await?;
    assert_eq!(chat.bot_texts().await?.len(), before.len() + 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_blocks_the_bot_is_not_stored() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.post_update(&membership(9_001, "kicked", 10)).await?;
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
    app.post_update(&membership(9_001, "member", 20)).await?;
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
    app.post_update(&membership(9_001, "kicked", 10)).await?;
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
        app.post_update(&membership(update_id, "member", 20))
            .await?;
        app.drain_jobs().await?;
    }
    assert_eq!(is_told().await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_is_heard_of_after_the_return_changes_nothing() -> anyhow::Result<()> {
    let app = started().await?;
    let posted = async |update_id, status, after| {
        app.post_update(&membership(update_id, status, after))
            .await?;
        app.count(MARKED).await
    };
    assert_eq!(posted(9_002, "member", 20).await?, 0);
    assert_eq!(posted(9_001, "kicked", 10).await?, 0);
    // In the same second the number decides.
    assert_eq!(posted(9_004, "kicked", 20).await?, 1);
    assert_eq!(posted(9_003, "member", 20).await?, 1);
    assert_eq!(posted(9_005, "member", 20).await?, 0);
    assert_eq!(posted(9_007, "kicked", 30).await?, 1);
    // A message from before the block; a button, which has no time of its own.
    let message = json!({ "message_id": 70, "text": "thank you" });
    app.update(9_006, "message", message).await?;
    assert_eq!(app.count(MARKED).await?, 1);
    app.presses_an_old_button(9_008, "close:").await?;
    assert_eq!(app.count(MARKED).await?, 0);
    Ok(())
}

/// The block is older than the message, and Telegram brings it while that is being sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_arrives_takes_the_mark_away() -> anyhow::Result<()> {
    let app = started().await?;
    let slow = json!({ "telegram": { "methods": { "editMessageText": { "latency_ms": 1500 } } } });
    app.world.faults(slow).await?;
    let _worker = worker(&app.world)?;
    app.world.chat(7).sends_photo(coffee_cup(), "en").await?;
    let slot = "SELECT count(*) AS count FROM analysis_history WHERE cardinality(delivery_message_ids) > 0";
    eventually(async || Ok((app.count(slot).await? == 1).then_some(()))).await?;
    app.post_update(&membership(9_001, "kicked", 10)).await?;
    assert_eq!(app.count(MARKED).await?, 1);
    let delivered = "SELECT count(*) AS count FROM analysis_history WHERE delivered_at IS NOT NULL";
    eventually(async || Ok((app.count(delivered).await? == 1).then_some(()))).await?;
    assert_eq!(app.count(MARKED).await?, 0);
    Ok(())
}

async fn said(app: &TestApp, part: &str) -> anyhow::Result<usize> {
    let texts = app.world.chat(7).bot_texts().await?;
    Ok(texts.iter().filter(|text| text.contains(part)).count())
}

/// Telegram has said so, or the first message finds it out.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_told_once_when_its_person_is_back() -> anyhow::Result<()> {
    for is_known in [true, false] {
        let app = started().await?;
        let chat = app.world.chat(7);
        let (_, link) = app.orders("BASIC", "telegram_stars").await?;
        let charge = chat.pays(&link).await?.map_err(anyhow::Error::msg)?;
        let paid = async || Ok((app.subscription().await?["tier"] == "BASIC").then_some(()));
        eventually(paid).await?;
        app.drain_jobs().await?;
        if is_known {
            app.post_update(&membership(9_001, "kicked", 10)).await?;
        } else {
            let blocked = json!({ "error_rate": 1.0, "status": 403 });
            let faults = json!({ "telegram": { "methods": { "sendMessage": blocked } } });
            app.world.faults(faults).await?;
        }
        chat.gets_back(&charge).await?;
        let back = async || Ok((app.subscription().await?["tier"] == "FREE").then_some(()));
        eventually(back).await?;
        app.drain_jobs().await?;
        assert_eq!(said(&app, "has been refunded").await?, 0);
        assert_eq!(app.count(MARKED).await?, 1);
        app.world.no_faults().await?;
        for update_id in [9_002, 9_003] {
            app.post_update(&membership(update_id, "member", 20))
                .await?;
            app.drain_jobs().await?;
        }
        assert_eq!(said(&app, "has been refunded").await?, 1, "{is_known}");
        let undone = "SELECT count(*) AS count FROM jobs WHERE state <> 'done'";
        assert_eq!(app.count(undone).await?, 0);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_payment_and_the_end_of_a_plan_are_told_once_when_their_person_is_back()
-> anyhow::Result<()> {
    let app = started().await?;
    let (payment, _) = app.orders("BASIC", "telegram_stars").await?;
    app.sql("UPDATE payments SET status = 'failed'").await?;
    app.post_update(&membership(9_001, "kicked", 10)).await?;
    let user_id = app.user_id(7).await?;
    let refused = PaymentRefused {
        user_id,
        payment_id: payment.parse()?,
        chat_id: 7,
    };
    let ended = PlanEnded {
        user_id,
        tier: SubscriptionTier::Basic,
        chat_id: 7,
    };
    let _ = ledger::enqueue(&mut *app.db().await?, &refused).await?;
    let _ = ledger::enqueue(&mut *app.db().await?, &ended).await?;
    app.drain_jobs().await?;
    let told = async || {
        let ended = said(&app, "Your month of Basic is over").await?;
        Ok::<_, anyhow::Error>((said(&app, "was refused").await?, ended))
    };
    assert_eq!(told().await?, (0, 0));
    for update_id in [9_002, 9_003] {
        app.post_update(&membership(update_id, "member", 20))
            .await?;
        app.drain_jobs().await?;
    }
    assert_eq!(told().await?, (1, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_of_an_operator_comes_once_when_its_person_is_back() -> anyhow::Result<()> {
    let app = started().await?;
    let user_id = app.user_id(7).await?;
    let origin = Origin::own("test");
    let mut conn = app.db().await?;
    let request = support::open(&mut conn, (user_id, 7), "Help!", &origin).await?;
    app.post_update(&membership(9_001, "kicked", 10)).await?;
    let (number, by) = (
        request.expect("it was opened").number,
        (&origin, "operator"),
    );
    let _ = support::close(&mut conn, number, Some("Here it is."), by).await?;
    drop(conn);
    app.drain_jobs().await?;
    assert_eq!(said(&app, "Here it is.").await?, 0);
    for update_id in [9_002, 9_003] {
        app.post_update(&membership(update_id, "member", 20))
            .await?;
        app.drain_jobs().await?;
    }
    assert_eq!(said(&app, "Here it is.").await?, 1);
    Ok(())
}

/// Their return finds a job that has looked already whether they are there, and would end without a word.
#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_brought_also_if_the_return_meets_its_job() -> anyhow::Result<()> {
    let app = started().await?;
    app.post_update(&membership(9_001, "kicked", 10)).await?;
    app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    let user_id = app.user_id(7).await?;
    let mut returning = app.db().await?;
    returning
        .batch_execute("BEGIN; UPDATE users SET bot_blocked_at = NULL WHERE telegram_id = 7")
        .await?;
    let _worker = worker(&app.world)?;
    let waits = "SELECT count(*) AS count FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually(async || Ok((app.count(waits).await? > 0).then_some(()))).await?;
    // The job is live, so that this enqueues nothing.
    let _ = undelivered::bring(&mut returning, user_id, 7).await?;
    returning.batch_execute("COMMIT").await?;
    let delivered = "SELECT count(*) AS count FROM analysis_history WHERE delivered_at IS NOT NULL";
    eventually(async || Ok((app.count(delivered).await? == 1).then_some(()))).await?;
    Ok(())
}

/// From the Mini App, or from a service: such a reading has no chat of its own.
#[tokio::test(flavor = "multi_thread")]
async fn the_newest_readings_from_elsewhere_are_brought_too() -> anyhow::Result<()> {
    let app = started().await?;
    app.post_update(&membership(9_001, "kicked", 10)).await?;
    for _ in 0..4 {
        app.post_as_service(photo_form(coffee_cup())).await?.id()?;
    }
    app.drain_jobs().await?;
    let delivered = "SELECT count(*) AS count FROM analysis_history WHERE delivered_at IS NOT NULL";
    assert_eq!(app.count(delivered).await?, 0);
    app.post_update(&membership(9_002, "member", 20)).await?;
    app.drain_jobs().await?;
    assert_eq!(app.count(delivered).await?, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_proved_an_address_reads_in_a_letter_what_a_block_keeps_from_them_and_once()
-> anyhow::Result<()> {
    const ANN: &str = "ann@example.org";
    // The worker knows of the block, or hears of it when it sends.
    for is_known in [true, false] {
        let app = started().await?;
        app.sql(&format!(
            "INSERT INTO identities (user_id, provider, subject, spelling, verified_at)
             SELECT id, 'email', '{ANN}', '{ANN}', now() FROM users"
        ))
        .await?;
        let (payment, _) = app.orders("BASIC", "telegram_stars").await?;
        app.sql("UPDATE payments SET status = 'failed'").await?;
        if is_known {
            app.post_update(&membership(9_001, "kicked", 10)).await?;
        } else {
            let blocked = json!({ "error_rate": 1.0, "status": 403 });
            let faults = json!({ "telegram": { "methods": { "sendMessage": blocked } } });
            app.world.faults(faults).await?;
        }
        let user_id = app.user_id(7).await?;
        let refused = PaymentRefused {
            user_id,
            payment_id: payment.parse()?,
            chat_id: 7,
        };
        let ended = PlanEnded {
            user_id,
            tier: SubscriptionTier::Basic,
            chat_id: 7,
        };
        let _ = ledger::enqueue(&mut *app.db().await?, &refused).await?;
        let _ = ledger::enqueue(&mut *app.db().await?, &ended).await?;
        app.drain_jobs().await?;
        let url = app.world.outside("/control/mail");
        let call = app.world.http.get(url).query(&[("to", ANN)]);
        let answer: Value = call.send().await?.error_for_status()?.json().await?;
        let letters = answer["letters"].as_array().cloned().unwrap_or_default();
        let mut subjects: Vec<_> = letters.iter().map(|one| one["subject"].clone()).collect();
        subjects.sort_by_key(ToString::to_string);
        let wanted = [json!("The payment was refused"), json!("The plan is over")];
        assert_eq!(subjects, wanted, "{is_known}");
        app.world.no_faults().await?;
        app.post_update(&membership(9_002, "member", 20)).await?;
        app.drain_jobs().await?;
        for words in ["was refused", "Your month of Basic is over"] {
            assert_eq!(said(&app, words).await?, 0, "{is_known}: {words}");
        }
    }
    Ok(())
}
