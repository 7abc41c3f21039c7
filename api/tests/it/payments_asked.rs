//! The reconciler: vendors are asked about payments on a schedule, so that all converges though no notification comes.

use jobs::{Job, ledger};
use money::payments::asking::{AskAgain, AskVendors};
use money::payments::messages::PaymentSuccess;
use reqwest::Method;
use serde_json::{Value, json};
use world::TestApp;

use crate::hinting::{hinting, set};
use crate::payments::{months_left, statuses};
use crate::payments_bank::notification;

async fn run<J: Job>(app: &TestApp, job: J) -> anyhow::Result<()> {
    let ticket = ledger::enqueue(&mut *app.db().await?, &job).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await
}

/// As if all orders had been made this many minutes ago.
async fn were_made(app: &TestApp, minutes: i64) -> anyhow::Result<()> {
    let moved = format!(
        "UPDATE payments SET created_at = now() - interval '{minutes} minutes',
             ask_at = ask_at - (created_at - now() + interval '{minutes} minutes')"
    );
    app.sql(&moved).await
}

/// No notification of the bank arrives, and no message of Telegram.
async fn all_lost(app: &TestApp) -> anyhow::Result<()> {
    let lost = json!({ "down": true });
    let faults = json!({ "webhook": { "methods": { "tinkoff": lost, "message": lost } } });
    app.world.faults(faults).await
}

/// How many payments were asked about so often, and are next asked about this long after they were made.
async fn asked(app: &TestApp, asks: i64, next: &str) -> anyhow::Result<i64> {
    let query = format!(
        "SELECT count(*) AS count FROM payments WHERE asks = {asks} AND ask_at = created_at + interval '{next}'"
    );
    app.count(&query).await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_every_notification_lost_money_becomes_a_plan_within_minutes() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    all_lost(&app).await?;
    let chat = app.world.chat(7);
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&page, "pay").await?;
    let (_, link) = app.orders("BASIC", "telegram_stars").await?;
    chat.pays(&link).await?.expect("the bot takes the money");
    app.orders("PREMIUM", "sbp_tinkoff").await?;
    app.orders("PREMIUM", "telegram_stars").await?;
    run(&app, AskVendors {}).await?;
    assert_eq!(statuses(&app, "pending").await?, 4, "none is due yet");
    were_made(&app, 2).await?;
    for _ in 0..2 {
        run(&app, AskVendors {}).await?;
        assert_eq!(statuses(&app, "succeeded").await?, 2);
        assert_eq!(statuses(&app, "pending").await?, 2);
        assert_eq!(asked(&app, 1, "5 minutes").await?, 4);
        let now = app.subscription().await?;
        assert!(now["tier"] == "BASIC" && months_left(&now, 2), "{now}");
    }
    assert!(app.metric("payments_asked_total").await? >= 4.0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_asked_about_less_and_less_often_and_given_up_after_a_day() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    app.orders("BASIC", "sbp_tinkoff").await?;
    assert_eq!(asked(&app, 0, "1 minute").await?, 1);
    for (asks, minutes, next) in [
        (1, 1, "5 minutes"),
        (1, 4, "5 minutes"),
        (2, 6, "15 minutes"),
        (3, 16, "1 hour"),
        (4, 61, "6 hours"),
        (5, 361, "1 day"),
    ] {
        were_made(&app, minutes).await?;
        run(&app, AskVendors {}).await?;
        assert_eq!(asked(&app, asks, next).await?, 1, "{minutes} minutes old");
        assert_eq!(statuses(&app, "pending").await?, 1);
    }
    were_made(&app, 1_441).await?;
    run(&app, AskVendors {}).await?;
    assert_eq!(statuses(&app, "canceled").await?, 1);
    were_made(&app, 3_000).await?;
    run(&app, AskVendors {}).await?;
    let asks = "SELECT asks::BIGINT AS count FROM payments";
    assert_eq!(app.count(asks).await?, 6);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_does_not_answer_is_asked_the_next_time_and_holds_up_no_other()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    all_lost(&app).await?;
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&page, "pay").await?;
    let (_, link) = app.orders("PREMIUM", "telegram_stars").await?;
    let chat = app.world.chat(7);
    chat.pays(&link).await?.expect("the bot takes the money");
    let away = json!({ "bank": { "methods": { "GetState": { "down": true } } } });
    app.world.faults(away).await?;
    were_made(&app, 2).await?;
    run(&app, AskVendors {}).await?;
    assert_eq!(app.subscription().await?["tier"], "PREMIUM");
    assert_eq!(statuses(&app, "pending").await?, 1);
    app.world.faults(json!({ "bank": null })).await?;
    were_made(&app, 6).await?;
    run(&app, AskVendors {}).await?;
    assert_eq!(statuses(&app, "succeeded").await?, 2);
    Ok(())
}

/// What became of the order is unknown: the bank has taken it, and its answer was lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_answer_was_lost_is_asked_about_like_others() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let faults = json!({
        "bank": { "methods": { "Init": { "lost_reply_rate": 1 } } },
        "webhook": { "methods": { "tinkoff": { "down": true } } },
    });
    app.world.faults(faults).await?;
    let body = json!({ "tier": "BASIC", "provider": "sbp_tinkoff" });
    let path = "/v1/subscriptions/purchase";
    let answer = app.as_seven(Method::POST, path, body).await?;
    assert_eq!(answer.refusal(), (503, "E404"));
    let url = app.world.outside("/control/bank");
    let bank: Value = app.world.http.get(url).send().await?.json().await?;
    let number = bank["payments"][0]["payment_id"].as_str();
    app.at_the_bank(number.expect("a number"), "pay").await?;
    were_made(&app, 2).await?;
    run(&app, AskVendors {}).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_was_refused_is_asked_about_for_two_days() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    all_lost(&app).await?;
    app.at_the_bank(&page, "refuse").await?;
    were_made(&app, 1_441).await?;
    run(&app, AskVendors {}).await?;
    assert_eq!(statuses(&app, "failed").await?, 1);
    assert_eq!(asked(&app, 1, "2 days").await?, 1);
    app.at_the_bank(&page, "pay").await?;
    were_made(&app, 2_881).await?;
    run(&app, AskVendors {}).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

/// How often the bank was asked how a payment is.
async fn questions(app: &TestApp) -> anyhow::Result<usize> {
    let path = "/control/calls?service=bank&method=GetState";
    let url = app.world.outside(path);
    let answer: Value = app.world.http.get(url).send().await?.json().await?;
    Ok(answer["calls"].as_array().map_or(0, Vec::len))
}

/// As Kill Bill does, which asks each time when a payment is read.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_looks_at_a_payment_has_its_vendor_asked_once_in_a_while() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    all_lost(&app).await?;
    let (order, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    let path = format!("/v1/payments/{order}");
    let looks = async || {
        let shown = app.as_seven(Method::GET, &path, Value::Null).await?;
        anyhow::Ok((shown.status, shown.body["status"].clone()))
    };
    let (pending, before) = ((200, json!("pending")), questions(&app).await?);
    assert_eq!(looks().await?, pending);
    assert_eq!(questions(&app).await? - before, 1);
    app.at_the_bank(&page, "pay").await?;
    app.sql("UPDATE payments SET looked_at = now() + interval '1 hour'")
        .await?;
    assert_eq!(looks().await?, pending, "it was asked a moment ago");
    assert_eq!(questions(&app).await? - before, 1);
    app.sql("UPDATE payments SET looked_at = now() - interval '11 seconds'")
        .await?;
    assert_eq!(looks().await?, (200, json!("succeeded")));
    assert!(months_left(&app.subscription().await?, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_is_away_keeps_no_person_from_their_payment() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, _) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.world
        .faults(json!({ "bank": { "methods": { "GetState": { "down": true } } } }))
        .await?;
    let path = format!("/v1/payments/{order}");
    let shown = app.as_seven(Method::GET, &path, Value::Null).await?;
    assert_eq!(
        (shown.status, &shown.body["status"]),
        (200, &json!("pending"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_the_reconciler_and_the_person_who_looks_all_at_once_grant_once()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    all_lost(&app).await?;
    let (order, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&page, "pay").await?;
    were_made(&app, 2).await?;
    let number = "SELECT external_id::BIGINT AS count FROM payments";
    let body = notification(&order, app.count(number).await?, "CONFIRMED", 29_900);
    let mut again = body.clone();
    // Signed over nothing of it: the same event under other bytes.
    again["Receipt"] = json!({});
    let path = format!("/v1/payments/{order}");
    let (one, other, asked, shown) = futures_util::future::join4(
        app.notify(&body),
        app.notify(&again),
        run(&app, AskVendors {}),
        app.as_seven(Method::GET, &path, Value::Null),
    )
    .await;
    assert_eq!((one?.0, other?.0, shown?.status), (200, 200, 200));
    asked?;
    is_granted_once(&app).await
}

/// One grant, told of once and booked once.
async fn is_granted_once(app: &TestApp) -> anyhow::Result<()> {
    assert!(months_left(&app.subscription().await?, 1));
    assert_eq!(statuses(app, "succeeded").await?, 1);
    let told = format!(
        "SELECT count(*) AS count FROM jobs WHERE kind = '{}'",
        PaymentSuccess::KIND
    );
    assert_eq!(app.count(&told).await?, 1);
    let booked = "SELECT count(*) AS count FROM book_entries WHERE kind = 'paid'";
    assert_eq!(app.count(booked).await?, 1);
    Ok(())
}

/// Of a vendor whose calls say only that something has happened: each of the four may ask it.
#[tokio::test(flavor = "multi_thread")]
async fn hints_the_reconciler_and_the_person_who_looks_all_at_once_grant_once() -> anyhow::Result<()>
{
    let (app, vendor) = hinting().await?;
    let (order, _) = app.orders("BASIC", "comgate").await?;
    let cents = "SELECT (amount * 100)::BIGINT AS count FROM payments";
    set(&vendor.paid, Some(app.count(cents).await?));
    were_made(&app, 2).await?;
    let hints = async |event: &str| {
        let hint = json!({ "event": event, "order": order });
        let call = app.request(Method::POST, "/v1/webhooks/payments/comgate");
        let call = call.header("x-proof", "good").json(&hint);
        anyhow::Ok(call.send().await?.status().as_u16())
    };
    let path = format!("/v1/payments/{order}");
    let (one, other, asked, shown) = futures_util::future::join4(
        hints("e-1"),
        hints("e-2"),
        run(&app, AskVendors {}),
        app.as_seven(Method::GET, &path, Value::Null),
    )
    .await;
    assert_eq!((one?, other?, shown?.status), (200, 200, 200));
    asked?;
    is_granted_once(&app).await
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_went_back_without_a_word_is_found_the_next_day() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    all_lost(&app).await?;
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.at_the_bank(&page, "pay").await?;
    were_made(&app, 2).await?;
    run(&app, AskVendors {}).await?;
    run(&app, AskAgain {}).await?;
    assert_eq!(statuses(&app, "succeeded").await?, 1);
    app.at_the_bank(&page, "refund").await?;
    for _ in 0..2 {
        run(&app, AskAgain {}).await?;
        assert_eq!(statuses(&app, "refunded").await?, 1);
        assert_eq!(app.subscription().await?["tier"], "FREE");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_paid_after_its_day_without_a_word_is_found_the_next_night()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    all_lost(&app).await?;
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    were_made(&app, 1_441).await?;
    run(&app, AskVendors {}).await?;
    assert_eq!(statuses(&app, "canceled").await?, 1);
    app.at_the_bank(&page, "pay").await?;
    for _ in 0..2 {
        run(&app, AskAgain {}).await?;
        let now = app.subscription().await?;
        assert!(now["tier"] == "BASIC" && months_left(&now, 1), "{now}");
    }
    Ok(())
}
