//! Stripe: its page, its events, and its answers.

use chrono::Utc;
use hmac::{Hmac, KeyInit, Mac};
use money::payments::messages::PaymentSuccess;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use testkit::eventually;
use world::{TestApp, World};

use crate::payments::{months_left, statuses};
use crate::payments_lost::{a_day_passes, expire};

const VERSION: &str = "2026-10-28.endive";

pub async fn app() -> anyhow::Result<TestApp> {
    let app = TestApp::start().await?;
    app.hears_stripe().await?;
    Ok(app)
}

pub async fn becomes(app: &TestApp, tier: &str) -> anyhow::Result<Value> {
    eventually(async || {
        let now = app.subscription().await?;
        Ok((now["tier"] == tier).then_some(now))
    })
    .await
}

pub async fn end(app: &TestApp, status: &str, count: i64) -> anyhow::Result<()> {
    eventually(async || Ok((statuses(app, status).await? == count).then_some(()))).await
}

pub async fn does(app: &TestApp, page: &str, act: &str) -> anyhow::Result<()> {
    app.at_stripe(page, &json!({ "act": act })).await
}

/// The number of the session of a page.
pub fn number(page: &str) -> &str {
    page.rsplit('/').next().unwrap_or_default()
}

/// A session of an order for 2.99 euros, as events have it.
fn session(order: &str, number: &str, fields: &[(&str, Value)]) -> Value {
    let mut session = json!({
        "id": number, "object": "checkout.session", "mode": "payment", "status": "complete",
        "payment_status": "paid", "payment_intent": "pi_1", "amount_total": 299, "currency": "eur",
        "metadata": { "payment": order }, "client_reference_id": order,
    });
    for (name, value) in fields {
        session[*name] = value.clone();
    }
    session
}

fn event(id: &str, kind: &str, object: &Value) -> String {
    let event = json!({
        "id": id, "object": "event", "api_version": VERSION, "created": Utc::now().timestamp(),
        "type": format!("checkout.session.{kind}"), "data": { "object": object },
    });
    event.to_string()
}

fn signature(body: &str, secret: &str, at: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{at}.{body}").as_bytes());
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Stripe tells this.
async fn told(app: &TestApp, body: &str) -> anyhow::Result<()> {
    let signature = signature(body, "whsec_sandbox", Utc::now().timestamp());
    let answer = app.tells_of_stripe(body, &signature).await?;
    assert_eq!(answer, (200, String::new()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_at_the_page_of_stripe_becomes_a_plan_in_each_currency() -> anyhow::Result<()> {
    let app = app().await?;
    for (tier, currency, sum) in [
        ("BASIC", "EUR", "2.99 EUR"),
        ("ADVANCED", "USD", "5.99 USD"),
        ("PREMIUM", "CZK", "299.00 CZK"),
    ] {
        let (order, page) = app.orders_by_stripe(tier, currency).await?;
        let shown = app.world.http.get(&page).send().await?.text().await?;
        assert!(shown.contains(sum), "{shown}");
        does(&app, &page, "pay").await?;
        let now = becomes(&app, tier).await?;
        assert!(months_left(&now, 1), "{now}");
        let kept = format!(
            "SELECT count(*) AS count FROM payments JOIN payment_reports USING (external_id)
             WHERE payments.id = '{order}' AND external_id = '{}' AND payments.currency = '{currency}'
               AND payment_reports.status = 'paid' AND outcome = 'granted'
               AND payment_reports.amount = payments.amount AND body ->> 'customer_details' = '...'",
            number(&page)
        );
        assert_eq!(app.count(&kept).await?, 1);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debit_becomes_a_plan_when_it_arrives_and_not_when_it_is_begun() -> anyhow::Result<()> {
    let app = app().await?;
    let (_, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    app.at_stripe(&page, &json!({ "act": "pay", "method": "sepa_debit" }))
        .await?;
    let begun = "SELECT count(*) AS count FROM payment_reports WHERE status = 'processing'";
    eventually(async || Ok((app.count(begun).await? == 1).then_some(()))).await?;
    // For days it is on its way; it is not given up.
    a_day_passes(&app).await?;
    expire(&app).await?;
    assert_eq!(app.subscription().await?["tier"], "FREE");
    assert_eq!(statuses(&app, "pending").await?, 1);
    does(&app, &page, "arrives").await?;
    becomes(&app, "BASIC").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_come_twice_late_in_another_order_and_under_other_numbers_grant_once()
-> anyhow::Result<()> {
    let app = app().await?;
    let faults = json!({ "webhook": { "methods": { "stripe":
        { "duplicate_rate": 1, "reorder": true, "lost_reply_rate": 0.5 } } } });
    app.world.faults(faults).await?;
    let (_, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    does(&app, &page, "pay").await?;
    becomes(&app, "BASIC").await?;
    app.world.no_faults().await?;
    does(&app, &page, "tell_again").await?;
    let seen = "SELECT count(*) AS count FROM payment_reports WHERE status = 'paid' AND seen >= 2";
    eventually(async || Ok((app.count(seen).await? == 1).then_some(()))).await?;
    let now = app.subscription().await?;
    assert!(months_left(&now, 1), "{now}");
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_at_once_grants_once_also_before_the_order_has_its_number()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    // As if Stripe's answer to our order had been lost.
    app.sql("UPDATE payments SET external_id = NULL").await?;
    let paid = session(&order, number(&page), &[]);
    let bodies: Vec<String> = (0..6)
        .map(|at| event(&format!("evt_{at}"), "completed", &paid))
        .collect();
    let all = bodies.iter().map(|body| told(&app, body));
    for answer in futures_util::future::join_all(all).await {
        answer?;
    }
    let now = app.subscription().await?;
    assert!(months_left(&now, 1), "{now}");
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    let one = format!(
        "SELECT count(*) AS count FROM payments WHERE external_id = '{}'",
        number(&page)
    );
    assert_eq!(app.count(&one).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pages_that_are_open_at_once_and_both_paid_are_two_months() -> anyhow::Result<()> {
    let app = app().await?;
    let (_, one) = app.orders_by_stripe("BASIC", "EUR").await?;
    let (_, other) = app.orders_by_stripe("BASIC", "EUR").await?;
    for page in [&one, &other] {
        does(&app, page, "pay").await?;
    }
    end(&app, "succeeded", 2).await?;
    assert!(months_left(&app.subscription().await?, 2));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_stripe_did_not_sign_changes_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    let paid = event("evt_1", "completed", &session(&order, number(&page), &[]));
    let now = Utc::now().timestamp();
    let good = signature(&paid, "whsec_sandbox", now);
    let changed = paid.replace("299", "300");
    for (body, header, status, code) in [
        (&paid, signature(&paid, "whsec_another", now), 401, "E202"),
        (
            &paid,
            signature(&paid, "whsec_sandbox", now - 301),
            401,
            "E202",
        ),
        (&changed, good.clone(), 401, "E202"),
        (&paid, good.replace("v1=", "v0="), 401, "E202"),
        (&paid, String::new(), 401, "E202"),
    ] {
        let (given, text) = app.tells_of_stripe(body, &header).await?;
        assert_eq!(given, status, "{header}");
        assert!(text.contains(code), "{text}");
    }
    assert_eq!(statuses(&app, "pending").await?, 1);
    assert_eq!(
        app.count("SELECT count(*) AS count FROM payment_reports")
            .await?,
        0
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sum_is_not_granted_and_what_is_of_another_program_is_passed_over()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    let of = |fields: &[(&str, Value)]| session(&order, number(&page), fields);
    for (at, object) in [
        of(&[("metadata", json!({}))]),
        of(&[("metadata", json!({})), ("id", json!("cs_test_link"))]),
        of(&[("mode", json!("subscription"))]),
    ]
    .iter()
    .enumerate()
    {
        told(&app, &event(&format!("evt_0{at}"), "completed", object)).await?;
    }
    told(&app, &event("evt_2", "a_word_of_tomorrow", &of(&[]))).await?;
    assert_eq!(
        app.count("SELECT count(*) AS count FROM payment_reports")
            .await?,
        0
    );
    told(
        &app,
        &event("evt_3", "completed", &of(&[("amount_total", json!(100))])),
    )
    .await?;
    told(
        &app,
        &event("evt_4", "completed", &of(&[("currency", json!("usd"))])),
    )
    .await?;
    assert_eq!(app.subscription().await?["tier"], "FREE");
    let kept = "SELECT count(*) AS count FROM payment_reports WHERE outcome = 'mismatched'";
    assert_eq!(
        (app.count(kept).await?, statuses(&app, "failed").await?),
        (2, 1)
    );
    told(&app, &event("evt_5", "completed", &of(&[]))).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_time_is_over_ends_the_order() -> anyhow::Result<()> {
    let app = app().await?;
    let (order, page) = app.orders_by_stripe("BASIC", "EUR").await?;
    does(&app, &page, "expire").await?;
    end(&app, "canceled", 1).await?;
    // Late news of it change nothing; money would.
    told(
        &app,
        &event(
            "evt_1",
            "expired",
            &session(
                &order,
                number(&page),
                &[
                    ("status", json!("expired")),
                    ("payment_status", json!("unpaid")),
                ],
            ),
        ),
    )
    .await?;
    assert_eq!(statuses(&app, "canceled").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_account_nothing_is_sold_by_stripe_and_nothing_is_believed() -> anyhow::Result<()>
{
    let mut world = World::new().await?;
    world.set("STRIPE_SECRET_KEY", "");
    world.set("STRIPE_WEBHOOK_SECRET", "");
    let app = TestApp::start_in(world).await?;
    let body = json!({ "tier": "BASIC", "provider": "stripe" });
    let path = "/v1/subscriptions/purchase";
    let answer = app.as_seven(Method::POST, path, body).await?;
    assert_eq!(answer.refusal(), (400, "E404"));
    let paid = event("evt_1", "completed", &session("x", "cs_1", &[]));
    let signature = signature(&paid, "", Utc::now().timestamp());
    assert_eq!(app.tells_of_stripe(&paid, &signature).await?.0, 401);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_webhook_answers_under_the_paths_of_all_documents() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for path in [
        "/stripe/webhook",
        "/api/stripe/webhook",
        "/api/subscription/webhook",
    ] {
        let (order, page) = app.orders_by_stripe("BASIC", "EUR").await?;
        let body = event(&order, "completed", &session(&order, number(&page), &[]));
        let signature = signature(&body, "whsec_sandbox", Utc::now().timestamp());
        let call = app
            .request(Method::POST, path)
            .header("Stripe-Signature", signature)
            .header("Content-Type", "application/json");
        assert_eq!(call.body(body).send().await?.status(), 200, "{path}");
    }
    assert_eq!(statuses(&app, "succeeded").await?, 3);
    Ok(())
}
