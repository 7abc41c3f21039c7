//! Comgate: a push is a hint alone, and what it says is asked for.

use jobs::ledger;
use money::payments::messages::PaymentSuccess;
use money::subscriptions::jobs::Expire;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use vendors::payment::{Refund, Refunding, Sought};
use world::{N8N_KEY, TestApp};

use crate::payments::{months_left, statuses};

/// A push in the form of Comgate's documentation, without the shop's password.
fn push(order: &str, page: &str, status: &str) -> Vec<(&'static str, String)> {
    let number = page.rsplit('/').next().unwrap_or_default();
    let fields = [
        ("merchant", "123456"),
        ("test", "false"),
        ("price", "1"),
        ("curr", "EUR"),
        ("label", "x"),
        ("refId", order),
        ("email", "a@example.org"),
        ("transId", number),
        ("status", status),
        ("fee", "unknown"),
    ];
    fields.map(|(name, value)| (name, value.to_owned())).into()
}

/// A call of the webhook; status and text of the answer.
async fn told(app: &TestApp, push: &[(&str, String)]) -> anyhow::Result<(u16, String)> {
    let call = app.request(Method::POST, "/v1/webhooks/payments/comgate");
    let response = call.form(push).send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}

fn well() -> (u16, String) {
    (200, "code=0&message=OK".to_owned())
}

async fn becomes(app: &TestApp, tier: &str) -> anyhow::Result<Value> {
    eventually(async || {
        let now = app.subscription().await?;
        Ok((now["tier"] == tier).then_some(now))
    })
    .await
}

async fn a_day_later(app: &TestApp) -> anyhow::Result<()> {
    app.sql("UPDATE payments SET created_at = created_at - interval '25 hours'")
        .await?;
    let ticket = ledger::enqueue(&mut *app.db().await?, &Expire {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await
}

async fn at_comgate(app: &TestApp) -> anyhow::Result<Vec<Value>> {
    let url = app.world.outside("/control/comgate");
    let known: Value = app.world.http.get(url).send().await?.json().await?;
    Ok(known["payments"].as_array().expect("a list").clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_at_comgate_becomes_a_plan_and_can_go_back() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.is_known_to_gateways().await?;
    let (order, page) = app.orders("ADVANCED", "comgate").await?;
    let shown = app.world.http.get(&page).send().await?.text().await?;
    assert!(shown.contains("149.00 CZK"), "{shown}");
    app.at("comgate", &page, "pay").await?;
    let now = becomes(&app, "ADVANCED").await?;
    assert!(months_left(&now, 1), "{now}");
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    let number = page.rsplit('/').next().expect("a number");
    let refund = Refund {
        order: Sought {
            id: order.parse()?,
            external_id: Some(number.to_owned()),
            created_at: chrono::Utc::now(),
        },
        charge: number.to_owned(),
        amount: "149".parse()?,
        currency: "CZK".to_owned(),
        paid: "149".parse()?,
        key: format!("{order}:refund:1"),
        payer: None,
    };
    let gateway = app.core.providers.gateways.get("comgate")?;
    assert_eq!(gateway.refund(&refund).await?, Refunding::Done(None));
    assert_eq!(at_comgate(&app).await?[0]["refunded"], 14_900);
    assert!(gateway.refund(&refund).await.is_err(), "nothing is left");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_currencies_that_the_shop_takes_are_in_hundredths_too() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (currency, price) in [("EUR", Some(299)), ("CZK", Some(7_900)), ("USD", None)] {
        let body = json!({ "tier": "BASIC", "provider": "comgate", "currency": currency });
        let path = "/v1/subscriptions/purchase";
        let answer = app.as_seven(Method::POST, path, body).await?;
        let Some(price) = price else {
            assert_eq!(answer.refusal(), (400, "E105"));
            continue;
        };
        let known = at_comgate(&app).await?;
        let is_it = |one: &&Value| one["ref_id"] == answer.body["payment_id"];
        let one = known.iter().find(is_it).expect("the payment");
        assert_eq!(
            (&one["price"], &one["curr"]),
            (&json!(price), &json!(currency))
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_push_says_is_not_believed() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, page) = app.orders("PREMIUM", "comgate").await?;
    assert_eq!(told(&app, &push(&order, &page, "PAID")).await?, well());
    assert_eq!(app.subscription().await?["tier"], "FREE", "it is open");
    // A true payment of one order, for another.
    let (other, paid) = app.orders("BASIC", "comgate").await?;
    app.at("comgate", &paid, "pay").await?;
    assert_eq!(told(&app, &push(&order, &paid, "PAID")).await?, well());
    assert_eq!(told(&app, &push(&other, &paid, "CANCELLED")).await?, well());
    let now = becomes(&app, "BASIC").await?;
    assert!(months_left(&now, 1), "{now}");
    assert_eq!(statuses(&app, "pending").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_for_another_shop_is_forged_and_one_without_a_number_is_none() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let (order, page) = app.orders("BASIC", "comgate").await?;
    app.at("comgate", &page, "pay").await?;
    for (name, value, status) in [
        ("merchant", "654321", 401),
        ("secret", "another", 401),
        ("transId", "", 400),
        ("transId", "../../refund", 400),
    ] {
        let mut push = push(&order, &page, "PAID");
        push.retain(|(one, _)| *one != name);
        push.push((name, value.to_owned()));
        assert_eq!(told(&app, &push).await?.0, status, "{name}={value}");
    }
    assert_eq!(statuses(&app, "pending").await?, 1);
    Ok(())
}

/// Anyone can send a push: it proves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn of_pushes_only_a_few_about_each_payment_of_ours_are_kept() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, page) = app.orders("BASIC", "comgate").await?;
    let (other, _) = app.orders("BASIC", "sbp_tinkoff").await?;
    let kept = "SELECT count(*) AS count FROM webhook_inbox";
    for strange in [
        "0193a0b0-0000-7000-8000-000000000001",
        "an order",
        "",
        &other,
    ] {
        assert_eq!(
            told(&app, &push(strange, &page, "PAID")).await?,
            well(),
            "{strange}"
        );
    }
    assert_eq!(app.count(kept).await?, 0);
    for n in 0..25 {
        let push = push(&order, &format!("x/ABCD-{n}"), "PAID");
        assert_eq!(told(&app, &push).await?, well());
    }
    assert_eq!(app.count(kept).await?, 20);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_that_come_twice_at_once_and_in_any_order_grant_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.is_known_to_gateways().await?;
    let faults = json!({ "webhook": { "methods": { "comgate":
        { "duplicate_rate": 1, "lost_reply_rate": 0.5 } } } });
    app.world.faults(faults).await?;
    let (order, page) = app.orders("BASIC", "comgate").await?;
    app.at("comgate", &page, "authorize").await?;
    app.at("comgate", &page, "capture").await?;
    let pushes = ["CANCELLED", "PAID", "AUTHORIZED"].map(|status| push(&order, &page, status));
    let twice = pushes.iter().chain(&pushes);
    let all = futures_util::future::join_all(twice.map(|push| told(&app, push))).await;
    for answer in all {
        assert_eq!(answer?, well());
    }
    let now = becomes(&app, "BASIC").await?;
    assert!(months_left(&now, 1), "{now}");
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_at_comgate_becomes_a_plan_though_no_push_comes() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (_, page) = app.orders("BASIC", "comgate").await?;
    app.at("comgate", &page, "pay").await?;
    let (_, ended) = app.orders("ADVANCED", "comgate").await?;
    app.at("comgate", &ended, "cancel").await?;
    let (_, reserved) = app.orders("ADVANCED", "comgate").await?;
    app.at("comgate", &reserved, "authorize").await?;
    app.orders("PREMIUM", "comgate").await?;
    for _ in 0..2 {
        a_day_later(&app).await?;
        let now = app.subscription().await?;
        assert!(now["tier"] == "BASIC" && months_left(&now, 1), "{now}");
        assert_eq!(statuses(&app, "succeeded").await?, 1);
        assert_eq!(statuses(&app, "canceled").await?, 2);
        assert_eq!(statuses(&app, "pending").await?, 1, "the money is reserved");
    }
    Ok(())
}

/// Comgate does not know an order again. The page of the payment whose answer was lost is known to no person; if it is
/// paid all the same, it is one more month.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_asked_for_again_has_two_payments_and_each_is_granted_once()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.is_known_to_gateways().await?;
    let lost =
        json!({ "comgate": { "methods": { "create": { "lost_reply_rate": 1, "times": 1 } } } });
    app.world.faults(lost).await?;
    let buy = async || {
        let call = app
            .request(Method::POST, "/v1/subscriptions/purchase")
            .header("X-API-Key", N8N_KEY)
            .header("X-Telegram-User-Id", "7")
            .header("Idempotency-Key", "one")
            .json(&json!({ "tier": "BASIC", "provider": "comgate" }));
        let response = call.send().await?;
        anyhow::Ok((response.status().as_u16(), response.json::<Value>().await?))
    };
    assert_eq!(buy().await?.0, 503);
    let (status, body) = buy().await?;
    assert_eq!(status, 200, "{body}");
    let all = "SELECT count(*) AS count FROM payments";
    assert_eq!(app.count(all).await?, 1);
    let page = body["payment_url"].as_str().expect("a page");
    app.at("comgate", page, "pay").await?;
    let now = becomes(&app, "BASIC").await?;
    assert!(months_left(&now, 1), "{now}");
    let known = at_comgate(&app).await?;
    assert_eq!(known.len(), 2);
    let other = known.iter().find(|one| one["status"] == "PENDING");
    let other = other.and_then(|one| one["trans_id"].as_str());
    app.at("comgate", other.expect("a number"), "pay").await?;
    eventually(async || Ok((statuses(&app, "succeeded").await? == 2).then_some(()))).await?;
    assert!(months_left(&app.subscription().await?, 2));
    Ok(())
}
