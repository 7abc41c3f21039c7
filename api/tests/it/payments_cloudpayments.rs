//! CloudPayments: its page and its notifications.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use money::payments::messages::PaymentSuccess;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use sha2::Sha256;
use testkit::eventually;
use world::TestApp;

use crate::payments::{months_left, statuses};

pub const PROVIDER: &str = "cloudpayments";

/// An API that CloudPayments tells of payments.
pub async fn started() -> anyhow::Result<TestApp> {
    let app = TestApp::start().await?;
    app.told_by_cloudpayments().await?;
    Ok(app)
}

async fn becomes(app: &TestApp, tier: &str) -> anyhow::Result<Value> {
    eventually(async || {
        let now = app.subscription().await?;
        Ok((now["tier"] == tier).then_some(now))
    })
    .await
}

async fn is_so(app: &TestApp, query: &str) -> anyhow::Result<()> {
    let query = format!("SELECT ({query})::INT::BIGINT AS count");
    eventually(async || Ok((app.count(&query).await? == 1).then_some(()))).await
}

/// The payments of CloudPayments' own books, and its refunds.
async fn transactions(app: &TestApp) -> anyhow::Result<Vec<Value>> {
    let url = app.world.outside("/control/cloudpayments");
    let books: Value = app.world.http.get(url).send().await?.json().await?;
    let all = books["transactions"].as_object().expect("an object");
    Ok(all.values().cloned().collect())
}

/// A form, signed as <https://developers.cloudpayments.ru/#proverka-uvedomleniy> has it.
fn proof(body: &str, secret: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    STANDARD.encode(mac.chain_update(body).finalize().into_bytes())
}

/// Brings a notification; status and text of the answer.
async fn notify(
    app: &TestApp,
    kind: &str,
    body: &str,
    proof: &str,
) -> anyhow::Result<(u16, String)> {
    let path = format!("/v1/webhooks/payments/cloudpayments/{kind}");
    let call = app.request(Method::POST, &path);
    let call = call.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let call = call.header("Content-HMAC", proof).body(body.to_owned());
    let response = call.send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}

async fn signed(app: &TestApp, kind: &str, body: &str) -> anyhow::Result<(u16, String)> {
    notify(app, kind, body, &proof(body, "sandbox-api-secret")).await
}

fn pay(order: &str, number: i64, sum: &str) -> String {
    format!(
        "TransactionId={number}&Amount={sum}&Currency=RUB&PaymentAmount={sum}&PaymentCurrency=RUB\
         &DateTime=2026-11-21+10%3A00%3A00&CardFirstSix=411111&CardLastFour=1111&CardType=Visa\
         &CardExpDate=12%2F29&TestMode=1&Status=Completed&OperationType=Payment&InvoiceId={order}\
         &GatewayName=Test"
    )
}

fn taken() -> (u16, String) {
    (200, "{\"code\":0}".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_at_cloudpayments_becomes_a_plan_until_it_goes_back() -> anyhow::Result<()> {
    let app = started().await?;
    let (_, page) = app.orders("ADVANCED", PROVIDER).await?;
    let shown = app.world.http.get(&page).send().await?.text().await?;
    assert!(shown.contains("599.00 RUB"), "{shown}");
    app.at_cloudpayments(&page, json!({ "act": "pay" })).await?;
    let now = becomes(&app, "ADVANCED").await?;
    assert!(months_left(&now, 1), "{now}");
    let number = transactions(&app).await?[0]["id"].to_string();
    is_so(
        &app,
        &format!("SELECT external_id = '{number}' FROM payments"),
    )
    .await?;
    app.at_cloudpayments(&page, json!({ "act": "refund" }))
        .await?;
    becomes(&app, "FREE").await?;
    assert_eq!(statuses(&app, "refunded").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_sold_in_each_currency_of_cloudpayments() -> anyhow::Result<()> {
    let app = started().await?;
    for (currency, sum) in [
        ("EUR", "2.99 EUR"),
        ("USD", "2.99 USD"),
        ("RUB", "299.00 RUB"),
    ] {
        app.sql("DELETE FROM payments; DELETE FROM subscriptions")
            .await?;
        let body = json!({ "tier": "BASIC", "provider": PROVIDER, "currency": currency });
        let path = "/v1/subscriptions/purchase";
        let sold = app.as_seven(Method::POST, path, body).await?.body;
        let page = sold["payment_url"].as_str().expect("a page");
        let shown = app.world.http.get(page).send().await?.text().await?;
        assert!(shown.contains(sum), "{shown}");
        app.at_cloudpayments(page, json!({ "act": "pay" })).await?;
        becomes(&app, "BASIC").await?;
    }
    let body = json!({ "tier": "BASIC", "provider": PROVIDER, "currency": "CZK" });
    let refused = app.as_seven(Method::POST, "/v1/subscriptions/purchase", body);
    assert_eq!(refused.await?.refusal(), (400, "E105"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_as_json_are_taken_too() -> anyhow::Result<()> {
    let app = started().await?;
    let url = app.world.outside("/control/cloudpayments");
    app.world
        .http
        .put(url)
        .json(&json!({ "json": true }))
        .send()
        .await?;
    let (_, page) = app.orders("BASIC", PROVIDER).await?;
    app.at_cloudpayments(&page, json!({ "act": "pay" })).await?;
    becomes(&app, "BASIC").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_was_refused_says_why_and_the_next_one_pays_the_same_order() -> anyhow::Result<()>
{
    let app = started().await?;
    let (order, page) = app.orders("BASIC", PROVIDER).await?;
    for (code, error) in [(5051, "E403"), (5054, "E403")] {
        let refused = json!({ "act": "refuse", "reason_code": code });
        app.at_cloudpayments(&page, refused).await?;
        let why = format!("SELECT status = 'failed' AND error_code = '{error}' FROM payments");
        is_so(&app, &why).await?;
    }
    is_so(&app, "SELECT external_id IS NULL FROM payments").await?;
    app.at_cloudpayments(&page, json!({ "act": "authenticate" }))
        .await?;
    app.at_cloudpayments(&page, json!({ "act": "pay" })).await?;
    becomes(&app, "BASIC").await?;
    let path = format!("/v1/payments/{order}");
    let shown = app.as_seven(Method::GET, &path, Value::Null).await?.body;
    assert_eq!(
        (&shown["status"], &shown["error"]),
        (&json!("succeeded"), &Value::Null)
    );
    is_so(&app, "SELECT count(*) = 1 FROM payments").await
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_that_come_twice_late_and_in_the_wrong_order_grant_once() -> anyhow::Result<()>
{
    let app = started().await?;
    let faults = json!({ "webhook": { "methods": { "cloudpayments":
        { "duplicate_rate": 1, "reorder": true, "lost_reply_rate": 0.5 } } } });
    app.world.faults(faults).await?;
    let (_, page) = app.orders("BASIC", PROVIDER).await?;
    app.at_cloudpayments(&page, json!({ "act": "refuse" }))
        .await?;
    app.at_cloudpayments(&page, json!({ "act": "pay" })).await?;
    let refused = "SELECT count(*) = 1 FROM payment_reports WHERE status = 'Declined'";
    is_so(&app, refused).await?;
    let now = becomes(&app, "BASIC").await?;
    assert!(months_left(&now, 1), "{now}");
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn six_notifications_at_once_grant_once() -> anyhow::Result<()> {
    let app = started().await?;
    let (order, _) = app.orders("BASIC", PROVIDER).await?;
    let body = pay(&order, 897_738_514, "299.00");
    let all = futures_util::future::join_all((0..6).map(|_| signed(&app, "pay", &body))).await;
    for answer in all {
        assert_eq!(answer?, taken());
    }
    assert!(months_left(&becomes(&app, "BASIC").await?, 1));
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    Ok(())
}

/// Two kinds of notifications of one charge are two events, and one month.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_charge_under_another_event_grants_once_and_what_is_no_money_is_taken()
-> anyhow::Result<()> {
    let app = started().await?;
    let (order, _) = app.orders("BASIC", PROVIDER).await?;
    let body = pay(&order, 897_738_514, "299.00");
    let subscription = "Id=sc_8cf8a9338fb8ebf7202b08d09c938&Status=PastDue";
    for (kind, body) in [
        ("pay", body.as_str()),
        ("confirm", &body),
        ("recurrent", subscription),
        ("receipt", "Id=1"),
    ] {
        assert_eq!(signed(&app, kind, body).await?, taken(), "{kind}");
    }
    assert!(months_left(&becomes(&app, "BASIC").await?, 1));
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    is_so(&app, "SELECT count(*) = 1 FROM payments").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_was_not_signed_with_the_secret_changes_nothing() -> anyhow::Result<()>
{
    let app = started().await?;
    let (order, _) = app.orders("BASIC", PROVIDER).await?;
    let body = pay(&order, 897_738_514, "299.00");
    let good = proof(&body, "sandbox-api-secret");
    let changed = body.replace("TestMode=1", "TestMode=0");
    for (body, proof) in [
        (&body, proof(&body, "another-secret")),
        (&body, String::new()),
        (&body, good[..10].to_owned()),
        (&changed, good),
    ] {
        let (status, text) = notify(&app, "pay", body, &proof).await?;
        assert_eq!(status, 401, "{text}");
        assert!(text.contains("E202"), "{text}");
    }
    assert_eq!(statuses(&app, "pending").await?, 1);
    assert_eq!(app.subscription().await?["tier"], "FREE");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn check_lets_only_the_order_be_paid_that_waits_for_this_sum() -> anyhow::Result<()> {
    let app = started().await?;
    let (order, page) = app.orders("BASIC", PROVIDER).await?;
    let check = |order: &str, sum: &str| pay(order, 1, sum).replace("&GatewayName=Test", "");
    let other = "0193a0b0-0000-7000-8000-000000000009";
    for (body, code) in [
        (check(&order, "299.00"), 0),
        (check(&order, "299"), 0),
        (check(&order, "298.99"), 12),
        (check(&order, "299.00").replace("=RUB", "=EUR"), 12),
        (check(other, "299.00"), 10),
        (check("no-order", "299.00"), 10),
    ] {
        let answer = (200, format!("{{\"code\":{code}}}"));
        assert_eq!(signed(&app, "check", &body).await?, answer, "{body}");
    }
    assert_eq!(
        app.subscription().await?["tier"],
        "FREE",
        "a question grants nothing"
    );
    app.at_cloudpayments(&page, json!({ "act": "pay" })).await?;
    becomes(&app, "BASIC").await?;
    // Another page of the same order is not paid again.
    let again = (200, "{\"code\":10}".to_owned());
    assert_eq!(
        signed(&app, "check", &check(&order, "299.00")).await?,
        again
    );
    Ok(())
}

/// It is signed alike; by mistake the cabinet may have one address for both.
#[tokio::test(flavor = "multi_thread")]
async fn a_check_at_the_address_of_pay_grants_nothing() -> anyhow::Result<()> {
    let app = started().await?;
    let (order, page) = app.orders("BASIC", PROVIDER).await?;
    app.at_cloudpayments(&page, json!({ "act": "authenticate" }))
        .await?;
    let number = transactions(&app).await?[0]["id"]
        .as_i64()
        .expect("a number");
    let body = pay(&order, number, "299.00").replace("&GatewayName=Test", "");
    assert_eq!(signed(&app, "pay", &body).await?, taken());
    assert_eq!(app.subscription().await?["tier"], "FREE");
    assert_eq!(statuses(&app, "pending").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sum_is_not_granted_and_the_vendor_does_not_come_again() -> anyhow::Result<()> {
    let app = started().await?;
    let (order, _) = app.orders("BASIC", PROVIDER).await?;
    assert_eq!(signed(&app, "pay", &pay(&order, 1, "2.99")).await?, taken());
    assert_eq!(app.subscription().await?["tier"], "FREE");
    let kept = "SELECT count(*) = 1 FROM payment_reports
                WHERE outcome = 'mismatched' AND amount = 2.99 AND currency = 'RUB'";
    is_so(&app, kept).await?;
    let of_no_order = pay("", 2, "299.00");
    assert_eq!(signed(&app, "pay", &of_no_order).await?, taken());
    is_so(
        &app,
        "SELECT count(*) = 1 FROM payment_reports WHERE outcome = 'unknown'",
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_card_or_the_person_is_kept() -> anyhow::Result<()> {
    let app = started().await?;
    let (_, page) = app.orders("BASIC", PROVIDER).await?;
    app.at_cloudpayments(&page, json!({ "act": "pay" })).await?;
    becomes(&app, "BASIC").await?;
    let kept = "SELECT count(*) = 1 FROM payment_reports
                WHERE body ->> 'Status' = 'Completed' AND body ->> 'CardFirstSix' = '...'
                  AND body ->> 'CardLastFour' = '...' AND body ->> 'Name' = '...'
                  AND body ->> 'IpAddress' = '...' AND body::TEXT NOT LIKE '%424242%'";
    is_so(&app, kept).await
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_go_back_are_reports_of_their_own_also_of_the_same_sum() -> anyhow::Result<()> {
    let app = started().await?;
    let (_, page) = app.orders("BASIC", PROVIDER).await?;
    app.at_cloudpayments(&page, json!({ "act": "pay" })).await?;
    becomes(&app, "BASIC").await?;
    for count in 1..=2 {
        let part = json!({ "act": "refund", "amount": 10_000 });
        app.at_cloudpayments(&page, part).await?;
        let parts = format!(
            "SELECT count(*) = {count} FROM payment_reports
             WHERE status LIKE 'Refund %' AND happened = 'partly_returned' AND amount = 100"
        );
        is_so(&app, &parts).await?;
    }
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_after_all_is_no_refusal_of_the_payment() -> anyhow::Result<()> {
    let app = started().await?;
    let (_, page) = app.orders("BASIC", PROVIDER).await?;
    app.at_cloudpayments(&page, json!({ "act": "pay" })).await?;
    becomes(&app, "BASIC").await?;
    let part = json!({ "act": "refund", "amount": 100 });
    app.at_cloudpayments(&page, part).await?;
    let back = "SELECT count(*) = 1 FROM payment_reports WHERE happened = 'partly_returned'";
    is_so(&app, back).await?;
    app.at_cloudpayments(&page, json!({ "act": "refund_bounces" }))
        .await?;
    is_so(
        &app,
        "SELECT bool_and(seen >= 3) FROM payment_reports WHERE status = 'Completed'",
    )
    .await?;
    assert_eq!(statuses(&app, "succeeded").await?, 1);
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}
