//! PayPal: a person who approves has not paid; the money is taken when PayPal says so, or when it is asked.

use money::payments::messages::PaymentSuccess;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::TestApp;

use crate::payments::{months_left, statuses};
use crate::payments_lost::{a_day_passes, expire, lost};

/// An API whose webhook PayPal knows.
pub async fn start() -> anyhow::Result<TestApp> {
    let app = TestApp::start().await?;
    let hook = json!({ "url": app.url("/v1/webhooks/payments/paypal") });
    let call = app
        .world
        .http
        .put(app.world.outside("/control/paypal/webhook"));
    call.json(&hook).send().await?.error_for_status()?;
    Ok(app)
}

/// Makes PayPal, or the person at its page, do something with the order of this page.
pub async fn acts(app: &TestApp, page: &str, act: &Value) -> anyhow::Result<()> {
    let number = page.rsplit('/').next().unwrap_or_default();
    let url = app.world.outside(&format!("/control/paypal/{number}"));
    app.world
        .http
        .post(url)
        .json(act)
        .send()
        .await?
        .error_for_status()?;
    Ok(())
}

pub async fn does(app: &TestApp, page: &str, act: &str) -> anyhow::Result<()> {
    acts(app, page, &json!({ "act": act })).await
}

/// The orders of PayPal.
pub async fn orders(app: &TestApp) -> anyhow::Result<Vec<Value>> {
    let url = app.world.outside("/control/paypal");
    let known: Value = app.world.http.get(url).send().await?.json().await?;
    Ok(known["orders"].as_array().expect("a list").clone())
}

async fn becomes(app: &TestApp, tier: &str) -> anyhow::Result<Value> {
    eventually(async || {
        let now = app.subscription().await?;
        Ok((now["tier"] == tier).then_some(now))
    })
    .await
}

async fn reported(app: &TestApp, condition: &str) -> anyhow::Result<i64> {
    let query = format!(
        "SELECT count(*) AS count FROM payment_reports WHERE provider = 'paypal' AND {condition}"
    );
    app.count(&query).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_at_the_page_becomes_a_plan_and_its_return_takes_it_back() -> anyhow::Result<()>
{
    let app = start().await?;
    let (order, page) = app.orders("ADVANCED", "paypal").await?;
    let shown = app.world.http.get(&page).send().await?.text().await?;
    assert!(shown.contains("5.99 EUR"), "{shown}");
    let pressed = app
        .world
        .http
        .post(&page)
        .form(&[("act", "approve")])
        .send()
        .await?;
    assert!(pressed.status().is_success(), "{pressed:?}");
    let now = becomes(&app, "ADVANCED").await?;
    assert!(months_left(&now, 1), "{now}");
    let known = orders(&app).await?;
    assert_eq!((known.len(), &known[0]["invoice_id"]), (1, &json!(order)));
    does(&app, &page, "refund").await?;
    becomes(&app, "FREE").await?;
    assert_eq!(statuses(&app, "refunded").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_come_twice_late_in_the_wrong_order_and_under_new_numbers_grant_once()
-> anyhow::Result<()> {
    let app = start().await?;
    let faults = json!({ "webhook": { "methods": { "paypal":
        { "duplicate_rate": 1, "reorder": true, "lost_reply_rate": 0.5 } } } });
    app.world.faults(faults).await?;
    let (_, page) = app.orders("BASIC", "paypal").await?;
    does(&app, &page, "approve").await?;
    becomes(&app, "BASIC").await?;
    for _ in 0..3 {
        does(&app, &page, "again").await?;
    }
    eventually(async || {
        Ok((reported(&app, "status = 'COMPLETED' AND seen >= 4").await? == 1).then_some(()))
    })
    .await?;
    let now = app.subscription().await?;
    assert!(months_left(&now, 1), "{now}");
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    Ok(())
}

/// Public bug reports antiwork/gumroad PR 6684 and PR 5695: what went back is a sum until then, and a part in PayPal's own
/// cabinet counts.
#[tokio::test(flavor = "multi_thread")]
async fn two_parts_that_go_back_are_told_with_the_sum_until_then() -> anyhow::Result<()> {
    let app = start().await?;
    let (_, page) = app.orders("BASIC", "paypal").await?;
    does(&app, &page, "approve").await?;
    becomes(&app, "BASIC").await?;
    for (cents, until_then) in [(100, "1.00"), (50, "1.50")] {
        acts(&app, &page, &json!({ "act": "refund", "amount": cents })).await?;
        let told = format!("status = 'PARTIALLY_REFUNDED' AND amount = {until_then}");
        eventually(async || Ok((reported(&app, &told).await? == 1).then_some(()))).await?;
    }
    // Each one by its number, too.
    let each = "status LIKE 'REFUND COMPLETED %' AND amount IN (1.00, 0.50)";
    eventually(async || Ok((reported(&app, each).await? == 2).then_some(()))).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    acts(&app, &page, &json!({ "act": "refund" })).await?;
    becomes(&app, "FREE").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_is_told_and_its_end_too() -> anyhow::Result<()> {
    let app = start().await?;
    for (act, end) in [
        ("dispute_won", "dispute_won"),
        ("dispute_lost", "dispute_lost"),
    ] {
        let (order, page) = app.orders("BASIC", "paypal").await?;
        does(&app, &page, "approve").await?;
        eventually(async || {
            Ok(
                (reported(&app, &format!("order_id = '{order}' AND happened = 'paid'")).await?
                    == 1)
                    .then_some(()),
            )
        })
        .await?;
        does(&app, &page, "dispute").await?;
        does(&app, &page, act).await?;
        let told = format!("order_id = '{order}' AND happened = '{end}'");
        eventually(async || Ok((reported(&app, &told).await? == 1).then_some(()))).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_approved_becomes_a_plan_though_no_event_comes() -> anyhow::Result<()> {
    let app = start().await?;
    lost(&app, "paypal").await?;
    let (_, page) = app.orders("BASIC", "paypal").await?;
    does(&app, &page, "approve").await?;
    let (_, unpaid) = app.orders("PREMIUM", "paypal").await?;
    let (_, forgotten) = app.orders("ADVANCED", "paypal").await?;
    does(&app, &forgotten, "expire").await?;
    expire(&app).await?;
    assert_eq!(
        statuses(&app, "pending").await?,
        3,
        "they may still be paid"
    );
    a_day_passes(&app).await?;
    for _ in 0..2 {
        expire(&app).await?;
        let now = app.subscription().await?;
        assert!(now["tier"] == "BASIC" && months_left(&now, 1), "{now}");
        assert_eq!(statuses(&app, "succeeded").await?, 1);
        assert_eq!(statuses(&app, "canceled").await?, 2);
    }
    let known = orders(&app).await?;
    assert_eq!(known.len(), 2, "PayPal has forgotten one");
    assert!(
        known
            .iter()
            .any(|one| unpaid.ends_with(one["id"].as_str().expect("a number")))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_declined_is_told_and_the_page_can_still_be_paid_at() -> anyhow::Result<()> {
    let app = start().await?;
    lost(&app, "paypal").await?;
    let (order, page) = app.orders("BASIC", "paypal").await?;
    does(&app, &page, "approve_declined").await?;
    a_day_passes(&app).await?;
    expire(&app).await?;
    let shown = app
        .as_seven(Method::GET, &format!("/v1/payments/{order}"), Value::Null)
        .await?;
    assert_eq!(
        (&shown.body["status"], &shown.body["error"]["code"]),
        (&json!("failed"), &json!("E407"))
    );
    does(&app, &page, "approve").await?;
    expire(&app).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

/// An order that is COMPLETED with a capture that is PENDING is not money.
#[tokio::test(flavor = "multi_thread")]
async fn money_on_its_way_is_waited_for_and_may_not_arrive() -> anyhow::Result<()> {
    let app = start().await?;
    lost(&app, "paypal").await?;
    for (act, tier, status) in [
        ("denied", "FREE", "failed"),
        ("clears", "BASIC", "succeeded"),
    ] {
        let (_, page) = app.orders("BASIC", "paypal").await?;
        does(&app, &page, "approve_pending").await?;
        a_day_passes(&app).await?;
        for _ in 0..2 {
            expire(&app).await?;
            assert_eq!(statuses(&app, "pending").await?, 1);
            assert_eq!(app.subscription().await?["tier"], "FREE");
        }
        does(&app, &page, act).await?;
        expire(&app).await?;
        assert_eq!(app.subscription().await?["tier"], tier);
        assert_eq!(statuses(&app, status).await?, 1);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_taken_once_though_the_answer_is_lost_and_the_old_state_is_shown()
-> anyhow::Result<()> {
    let app = start().await?;
    let faults = json!({
        "paypal": { "methods": { "capture": { "lost_reply_rate": 1, "times": 1 } } },
        "webhook": { "methods": { "paypal": { "down": true } } },
    });
    app.world.faults(faults).await?;
    let (_, page) = app.orders("BASIC", "paypal").await?;
    does(&app, &page, "approve").await?;
    acts(&app, &page, &json!({ "act": "stale", "times": 3 })).await?;
    a_day_passes(&app).await?;
    expire(&app).await?;
    assert_eq!(
        statuses(&app, "pending").await?,
        1,
        "nothing is known of it"
    );
    expire(&app).await?;
    let now = app.subscription().await?;
    assert!(now["tier"] == "BASIC" && months_left(&now, 1), "{now}");
    assert_eq!(orders(&app).await?[0]["capture"]["status"], "COMPLETED");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_paypal_takes_no_more_is_replaced() -> anyhow::Result<()> {
    let app = start().await?;
    app.orders("BASIC", "paypal").await?;
    let tokens = app.world.outside("/control/paypal/tokens");
    app.world
        .http
        .delete(tokens)
        .send()
        .await?
        .error_for_status()?;
    app.orders("PREMIUM", "paypal").await?;
    assert_eq!(orders(&app).await?.len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn paypal_takes_three_currencies_and_no_other() -> anyhow::Result<()> {
    let app = start().await?;
    for (currency, price) in [("USD", "2.99"), ("CZK", "79.00"), ("EUR", "2.99")] {
        let body = json!({ "tier": "BASIC", "provider": "paypal", "currency": currency });
        let answer = app
            .as_seven(Method::POST, "/v1/subscriptions/purchase", body)
            .await?;
        let page = answer.body["payment_url"]
            .as_str()
            .expect("a page")
            .to_owned();
        let shown = app.world.http.get(&page).send().await?.text().await?;
        assert!(shown.contains(&format!("{price} {currency}")), "{shown}");
    }
    let body = json!({ "tier": "BASIC", "provider": "paypal", "currency": "RUB" });
    let answer = app
        .as_seven(Method::POST, "/v1/subscriptions/purchase", body)
        .await?;
    assert_eq!(answer.status, 400, "{answer:?}");
    Ok(())
}
