//! What is said to persons goes to n8n where an operator wants that, signed and until it is confirmed; what n8n
//! does not take the worker says by itself.

use chrono::DateTime;
use delivery::split::{MESSAGE_MAX_UNITS, units};
use jobs::JobState;
use money::payments::messages::PaymentSuccess;
use readings::messages::{DeliverAnalysis, ReportFailure};
use serde_json::{Value, json};
use testkit::eventually;
use testkit::pictures::coffee_cup;
use testkit::stub::{Received, Reply, Stub};
use vendors::standard_webhooks::Secret;
use world::app::words_form;
use world::{TestApp, World};

use crate::worker;

const KEY: &str = "key-of-n8n";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A world whose results go to this stub.
async fn app_with(n8n: &Stub) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("N8N_WEBHOOK_RESULT", n8n.url.join("webhook/result")?);
    world.set("N8N_WEBHOOK_KEY", KEY);
    world.set("N8N_WEBHOOK_SECRET", SECRET);
    world.set("WORKER_LEASE_MS", 2_000);
    TestApp::start_in(world).await
}

/// What a workflow answers that has sent the message.
fn confirmed(call: &Received) -> Reply {
    let body: Value = call.json().expect("a callback");
    let sent = json!({ "ok": true, "delivery_id": body["delivery_id"], "message_ids": [77] });
    Reply::json(200, &sent)
}

/// The readings in a chat.
fn long(texts: &[String]) -> usize {
    texts
        .iter()
        .filter(|text| text.chars().count() > 150)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_goes_to_n8n_signed_and_once_and_the_worker_does_not_say_it() -> anyhow::Result<()>
{
    let n8n = Stub::answering(confirmed).await?;
    let app = app_with(&n8n).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "zh").await?;
    app.drain_chat().await?;
    let call = n8n.only()?;
    assert_eq!(call.line(), "POST /webhook/result");
    assert_eq!(call.header("x-symancy-key"), KEY);
    let body = call.json()?;
    let id = body["delivery_id"].as_str().unwrap_or_default();
    let at = DateTime::from_timestamp(call.header("webhook-timestamp").parse()?, 0);
    let secret: Secret = SECRET.parse().map_err(anyhow::Error::msg)?;
    for (name, value) in secret.headers(id, at.expect("a moment"), &call.body) {
        assert_eq!(call.header(name), value, "{name}");
    }
    let of = |name: &str| body[name].clone();
    assert_eq!(
        (of("type"), of("language")),
        (json!("analysis_complete"), json!("zh"))
    );
    assert_eq!((of("telegram_id"), of("chat_id")), (json!(7), json!(7)));
    assert!(body["message_id"].is_i64(), "{body}");
    let parts = body["html"].as_array().expect("the parts");
    let lengths: Vec<usize> = parts
        .iter()
        .map(|part| units(part.as_str().unwrap_or_default()))
        .collect();
    assert!(
        lengths
            .iter()
            .all(|units| (1..=MESSAGE_MAX_UNITS).contains(units)),
        "{lengths:?}"
    );
    // The announcement alone, and what n8n has sent is known as the message of the reading.
    assert_eq!(chat.bot_texts().await?.len(), 1);
    assert_eq!(
        app.states::<DeliverAnalysis>().await?,
        [(JobState::Done, 1)]
    );
    let known =
        "SELECT count(*) AS count FROM analysis_history JOIN message_context USING (user_id)
                 WHERE delivered_at IS NOT NULL AND message_context.message_id = 77";
    assert_eq!(app.count(known).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn beneath_a_reading_that_n8n_has_sent_are_buttons_and_reactions_to_it_count()
-> anyhow::Result<()> {
    let ids = std::sync::Arc::new(std::sync::Mutex::new(Vec::<i64>::new()));
    let known = ids.clone();
    let n8n = Stub::answering(move |call| {
        let body: Value = call.json().expect("a callback");
        let parts = body["html"].as_array().map_or(0, Vec::len);
        let sent = &known.lock().expect("not poisoned")[..parts];
        let answer = json!({ "ok": true, "delivery_id": body["delivery_id"], "message_ids": sent });
        Reply::json(200, &answer)
    })
    .await?;
    let app = app_with(&n8n).await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    for _ in 0..12 {
        let id = chat.sent_by_bot("a part of the reading").await?;
        ids.lock().expect("not poisoned").push(id);
    }
    chat.sends_photo(coffee_cup(), "en").await?;
    let received = async || Ok((!n8n.received().is_empty()).then_some(()));
    let worker = app.worker()?;
    eventually(received).await?;
    let parts = n8n.only()?.json()?["html"].as_array().map_or(0, Vec::len);
    let (under, _) = chat.button("rate:5:").await?;
    let last = ids.lock().expect("not poisoned")[parts - 1];
    assert_eq!(under, last, "beneath the last part");
    worker.stop().await;
    let heart = json!([{ "type": "emoji", "emoji": "❤" }]);
    let reaction = json!({ "message_id": last, "old_reaction": [], "new_reaction": heart });
    app.update(9_000_001, "message_reaction", reaction).await?;
    let rated = "SELECT count(*) AS count FROM analysis_history WHERE user_rating = 5";
    assert_eq!(app.count(rated).await?, 1);
    Ok(())
}

/// An empty 200 is what n8n 1.123 answers for a workflow that failed.
#[tokio::test(flavor = "multi_thread")]
async fn only_an_answer_that_names_the_delivery_counts_and_all_tries_have_one_id()
-> anyhow::Result<()> {
    let other = json!({ "ok": true, "delivery_id": uuid::Uuid::nil() });
    let tries = [
        Reply::new(200, ""),
        Reply::json(200, &other),
        Reply::new(401, ""),
        Reply::html(502),
    ];
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let n8n = Stub::answering(move |call| {
        let at = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        tries.get(at).cloned().unwrap_or_else(|| confirmed(call))
    })
    .await?;
    let app = app_with(&n8n).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    app.drain_chat().await?;
    let mut ids: Vec<String> = n8n
        .received()
        .iter()
        .map(|call| call.header("webhook-id").to_owned())
        .collect();
    assert_eq!(ids.len(), 5);
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(
        app.states::<DeliverAnalysis>().await?,
        [(JobState::Done, 5)]
    );
    assert_eq!(long(&chat.bot_texts().await?), 0);
    Ok(())
}

/// Makes what waits for its next attempt due, until n8n was asked so often.
async fn hurried_until(app: &TestApp, n8n: &Stub, calls: usize) -> anyhow::Result<()> {
    eventually(async || {
        app.hurry().await?;
        Ok((n8n.received().len() == calls).then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_n8n_never_takes_the_worker_says_once_also_after_its_death() -> anyhow::Result<()> {
    let n8n = Stub::answering(|_| Reply::new(503, "")).await?;
    let app = app_with(&n8n).await?;
    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    let first = worker(&app.world)?;
    hurried_until(&app, &n8n, 4).await?;
    let slow = json!({ "telegram": { "methods": { "editMessageText": { "latency_ms": 3000 } } } });
    app.world.faults(slow).await?;
    hurried_until(&app, &n8n, 5).await?;
    let slot = "SELECT count(*) AS count FROM analysis_history WHERE cardinality(delivery_message_ids) > 0";
    eventually(async || Ok((app.count(slot).await? == 1).then_some(()))).await?;
    first.kill().await?;
    app.world.no_faults().await?;
    let _other = worker(&app.world)?;
    let unfinished = "SELECT count(*) AS count FROM jobs WHERE state IN ('queued', 'running')";
    eventually(async || Ok((app.count(unfinished).await? == 0).then_some(()))).await?;
    let texts = chat.bot_texts().await?;
    assert_eq!(long(&texts), 1, "{texts:?}");
    assert_eq!(n8n.received().len(), 5);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_goes_to_n8n_also_for_a_message_that_n8n_has_brought() -> anyhow::Result<()> {
    let n8n = Stub::answering(confirmed).await?;
    let app = app_with(&n8n).await?;
    app.world
        .faults(json!({ "ai": { "error_rate": 1.0, "status": 503 } }))
        .await?;
    let form = words_form("Will I travel?").text("message_id", "42");
    app.post_as_service(form).await?.id()?;
    app.drain_jobs().await?;
    let body = n8n.only()?.json()?;
    assert_eq!(body["type"], "analysis_failed");
    assert_eq!(
        (&body["chat_id"], &body["message_id"]),
        (&json!(7), &json!(42))
    );
    assert_eq!(app.states::<ReportFailure>().await?, [(JobState::Done, 1)]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_goes_to_n8n_and_is_not_said_twice() -> anyhow::Result<()> {
    let n8n = Stub::answering(confirmed).await?;
    let app = app_with(&n8n).await?;
    let chat = app.world.chat(7);
    chat.says("/start", "ru").await?;
    app.drain_chat().await?;
    let (_, link) = app.orders("BASIC", "telegram_stars").await?;
    chat.pays(&link).await?.map_err(anyhow::Error::msg)?;
    eventually(async || Ok((!app.states::<PaymentSuccess>().await?.is_empty()).then_some(())))
        .await?;
    app.drain_jobs().await?;
    let body = n8n.only()?.json()?;
    assert_eq!(
        (&body["type"], &body["message_id"]),
        (&json!("payment_success"), &json!(null))
    );
    assert!(
        body["html"][0]
            .as_str()
            .is_some_and(|text| text.contains("Оплата получена")),
        "{body}"
    );
    assert_eq!(app.states::<PaymentSuccess>().await?, [(JobState::Done, 1)]);
    assert_eq!(chat.bot_texts().await?.len(), 1, "the greeting alone");
    Ok(())
}
