//! BTCPay Server: crypto becomes a plan, and what did not come as it was asked for is an operator's case.

use hmac::{Hmac, KeyInit, Mac};
use jobs::ledger;
use money::payments::messages::PaymentSuccess;
use money::subscriptions::jobs::Expire;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use testkit::eventually;
use vendors::payment::{Refund, Refunding, Sought};
use world::TestApp;

use crate::payments::{months_left, statuses};

/// The header that BTCPay documents: HMAC-SHA256 over the body.
fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(body.as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// An event of an invoice, as BTCPay writes it.
fn event(order: &str, page: &str, kind: &str, delivery: &str) -> String {
    let body = json!({
        "deliveryId": delivery, "webhookId": "W1", "originalDeliveryId": delivery, "isRedelivery": false,
        "type": kind, "timestamp": 1_763_719_200, "storeId": "SandboxStore",
        "invoiceId": page.rsplit('/').next(), "metadata": { "orderId": order },
    });
    serde_json::to_string_pretty(&body).expect("JSON")
}

/// A call of the webhook; its status.
async fn called(app: &TestApp, body: &str, signature: Option<&str>) -> anyhow::Result<u16> {
    let call = app.request(Method::POST, "/v1/webhooks/payments/btcpay");
    let call = match signature {
        Some(signature) => call.header("BTCPay-Sig", signature),
        None => call,
    };
    let call = call.header("Content-Type", "application/json");
    Ok(call.body(body.to_owned()).send().await?.status().as_u16())
}

async fn told(app: &TestApp, body: &str) -> anyhow::Result<u16> {
    called(app, body, Some(&signature("sandbox-btcpay-webhook", body))).await
}

async fn becomes(app: &TestApp, tier: &str) -> anyhow::Result<Value> {
    eventually(async || {
        let now = app.subscription().await?;
        Ok((now["tier"] == tier).then_some(now))
    })
    .await
}

async fn expire(app: &TestApp) -> anyhow::Result<()> {
    let ticket = ledger::enqueue(&mut *app.db().await?, &Expire {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await
}

#[tokio::test(flavor = "multi_thread")]
async fn crypto_becomes_a_plan_and_a_refund_that_is_claimed_ends_it() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.is_known_to_gateways().await?;
    let (order, page) = app.orders("ADVANCED", "btcpay").await?;
    let shown = app.world.http.get(&page).send().await?.text().await?;
    assert!(shown.contains("5.99 EUR"), "{shown}");
    app.at("btcpay", &page, "pay_chain").await?;
    assert_eq!(
        app.subscription().await?["tier"],
        "FREE",
        "it is not confirmed"
    );
    app.at("btcpay", &page, "confirm").await?;
    let now = becomes(&app, "ADVANCED").await?;
    assert!(months_left(&now, 1), "{now}");
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    let invoice = page.rsplit('/').next().expect("a number");
    let refund = Refund {
        order: Sought {
            id: order.parse()?,
            external_id: Some(invoice.to_owned()),
            created_at: chrono::Utc::now(),
        },
        charge: invoice.to_owned(),
        amount: "5.99".parse()?,
        currency: "EUR".to_owned(),
        paid: "5.99".parse()?,
        key: format!("{order}:refund:1"),
        payer: None,
    };
    let gateway = app.core.providers.gateways.get("btcpay")?;
    let begun = gateway.refund(&refund).await?;
    let Refunding::Underway(Some(pull)) = &begun else {
        panic!("{begun:?}")
    };
    assert_eq!(gateway.refund(&refund).await?, begun, "there is one");
    let hint = event(&order, &page, "InvoiceRefund", "D-refund");
    assert_eq!(told(&app, &hint).await?, 200);
    assert_eq!(
        app.subscription().await?["tier"],
        "ADVANCED",
        "nothing is claimed"
    );
    // The shop does not pay it out at first.
    for act in ["claim", "cancel_payout", "claim", "pay_out"] {
        app.at("btcpay", pull, act).await?;
    }
    assert_eq!(
        gateway.refund(&refund).await?,
        Refunding::Done(Some(pull.clone()))
    );
    let hint = event(&order, &page, "InvoiceRefund", "D-paid-out");
    assert_eq!(told(&app, &hint).await?, 200);
    becomes(&app, "FREE").await?;
    assert_eq!(statuses(&app, "refunded").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_in_another_currency_that_the_store_takes_is_paid_too() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (currency, refusal) in [("USD", None), ("CZK", Some((400, "E105")))] {
        let body = json!({ "tier": "BASIC", "provider": "btcpay", "currency": currency });
        let path = "/v1/subscriptions/purchase";
        let answer = app.as_seven(Method::POST, path, body).await?;
        match refusal {
            Some(refusal) => assert_eq!(answer.refusal(), refusal),
            None => {
                let page = answer.body["payment_url"].as_str().expect("a page");
                let shown = app.world.http.get(page).send().await?.text().await?;
                assert!(shown.contains("2.99 USD"), "{shown}");
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_that_was_paid_becomes_a_plan_though_no_event_comes() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (_, page) = app.orders("BASIC", "btcpay").await?;
    app.at("btcpay", &page, "pay").await?;
    let (_, unsure) = app.orders("ADVANCED", "btcpay").await?;
    app.at("btcpay", &unsure, "pay_chain").await?;
    app.orders("PREMIUM", "btcpay").await?;
    app.sql("UPDATE payments SET created_at = created_at - interval '25 hours'")
        .await?;
    for _ in 0..2 {
        expire(&app).await?;
        let now = app.subscription().await?;
        assert!(now["tier"] == "BASIC" && months_left(&now, 1), "{now}");
        assert_eq!(statuses(&app, "succeeded").await?, 1);
        assert_eq!(
            statuses(&app, "pending").await?,
            1,
            "what is not confirmed waits"
        );
        assert_eq!(statuses(&app, "canceled").await?, 1);
    }
    app.at("btcpay", &unsure, "confirm").await?;
    expire(&app).await?;
    assert_eq!(app.subscription().await?["tier"], "ADVANCED");
    Ok(())
}

/// The number of the invoice was in the answer that was lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_whose_making_was_not_answered_is_found_by_its_order() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let lost = json!({ "btcpay": { "methods": { "CreateInvoice": { "lost_reply_rate": 1 } } } });
    app.world.faults(lost).await?;
    let body = json!({ "tier": "BASIC", "provider": "btcpay" });
    let answer = app.as_seven(Method::POST, "/v1/subscriptions/purchase", body);
    assert_eq!(answer.await?.refusal(), (503, "E404"));
    app.world.no_faults().await?;
    let known = app.world.http.get(app.world.outside("/control/btcpay"));
    let known: Value = known.send().await?.json().await?;
    let invoice = known["invoices"][0]["id"].as_str().expect("a number");
    app.at("btcpay", invoice, "pay").await?;
    app.sql("UPDATE payments SET created_at = created_at - interval '25 hours'")
        .await?;
    expire(&app).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_the_server_did_not_sign_changes_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, page) = app.orders("BASIC", "btcpay").await?;
    app.at("btcpay", &page, "pay").await?;
    let body = event(&order, &page, "InvoiceSettled", "D1");
    let right = signature("sandbox-btcpay-webhook", &body);
    let foreign = signature("another-secret", &body);
    let minified = body.replace(['\n', ' '], "");
    for (body, signature) in [
        (&body, None),
        (&body, Some("")),
        (&body, Some(foreign.as_str())),
        (&body, Some(&right.to_uppercase())),
        (&minified, Some(right.as_str())),
    ] {
        assert_eq!(called(&app, body, signature).await?, 401);
    }
    assert_eq!(statuses(&app, "pending").await?, 1);
    Ok(())
}

/// An event says neither sum nor state: whatever it is called, the invoice is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn events_of_any_name_and_order_doubled_and_at_once_grant_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (order, page) = app.orders("BASIC", "btcpay").await?;
    let early = event(&order, &page, "InvoiceSettled", "D0");
    assert_eq!(told(&app, &early).await?, 200);
    assert_eq!(
        app.subscription().await?["tier"],
        "FREE",
        "the invoice is open"
    );
    app.at("btcpay", &page, "pay").await?;
    let kinds = [
        "InvoiceExpired",
        "InvoiceSettled",
        "InvoiceProcessing",
        "InvoiceNews",
        "InvoiceSettled",
    ];
    let events: Vec<String> = kinds
        .iter()
        .enumerate()
        .map(|(at, kind)| event(&order, &page, kind, &format!("D{}", at + 1)))
        .collect();
    let twice = events.iter().chain(&events);
    let all = futures_util::future::join_all(twice.map(|event| told(&app, event))).await;
    for status in all {
        assert_eq!(status?, 200);
    }
    let now = becomes(&app, "BASIC").await?;
    assert!(months_left(&now, 1), "{now}");
    assert_eq!(app.enqueued::<PaymentSuccess>().await?.len(), 1);
    let foreign = event("o-1", "I1", "InvoiceSettled", "D9");
    assert_eq!(told(&app, &foreign).await?, 200);
    Ok(())
}

/// After a 4xx BTCPay does not come again.
#[tokio::test(flavor = "multi_thread")]
async fn a_true_event_is_never_refused_for_good() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.is_known_to_gateways().await?;
    let away = json!({ "btcpay": { "methods": { "GetInvoices": { "down": true } } } });
    app.world.faults(away).await?;
    let (order, page) = app.orders("BASIC", "btcpay").await?;
    let body = event(&order, &page, "InvoiceSettled", "D1");
    let status = told(&app, &body).await?;
    assert!(status == 200 || status >= 500, "{status}");
    app.at("btcpay", &page, "pay").await?;
    app.world.no_faults().await?;
    let body = event(&order, &page, "InvoiceSettled", "D2");
    assert_eq!(told(&app, &body).await?, 200);
    becomes(&app, "BASIC").await?;
    Ok(())
}

/// What became of an order, and the sums that are astray.
async fn ends(app: &TestApp, acts: &[&str]) -> anyhow::Result<(String, Vec<String>)> {
    app.sql("DELETE FROM payments; DELETE FROM subscriptions; DELETE FROM payment_reports")
        .await?;
    let (order, page) = app.orders("BASIC", "btcpay").await?;
    for (at, act) in acts.iter().enumerate() {
        app.at("btcpay", &page, act).await?;
        let body = event(&order, &page, "InvoiceNews", &format!("{order}-{at}"));
        assert_eq!(told(app, &body).await?, 200);
    }
    let mut conn = app.db().await?;
    let astray = money::payments::reports::astray(&mut conn, 10).await?;
    let mut astray: Vec<String> = astray
        .iter()
        .map(|one| format!("{} {}", one.amount.normalize(), one.currency))
        .collect();
    astray.sort_unstable();
    let tier = app.subscription().await?["tier"].clone();
    Ok((tier.as_str().expect("text").to_owned(), astray))
}

/// The price is 2.99 EUR, 0.0000598 BTC at the rate of the sandbox.
#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_part_late_or_in_excess_is_astray_and_buys_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for (acts, tier, astray) in [
        (&["pay"] as &[&str], "BASIC", &[] as &[&str]),
        (&["pay_half", "pay"], "BASIC", &[]),
        (&["pay_half", "expire"], "FREE", &["0.0000299 BTC"]),
        (&["expire", "pay"], "FREE", &["0.0000598 BTC"]),
        (
            &["pay_half", "expire", "pay"],
            "FREE",
            &["0.0000299 BTC", "0.0000299 BTC"],
        ),
        (&["pay_double"], "BASIC", &["0.0000598 BTC"]),
        (&["pay_chain", "lose"], "FREE", &[]),
        // An operator takes it for paid.
        (&["expire", "pay", "settle"], "BASIC", &["0.0000598 BTC"]),
    ] {
        let (given, sums) = ends(&app, acts).await?;
        assert_eq!(
            (given.as_str(), sums),
            (tier, astray.iter().map(|sum| (*sum).to_owned()).collect()),
            "{acts:?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn coinbase_is_closed_and_its_name_leads_to_btcpay() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for provider in ["coinbase_commerce", "coinbase"] {
        let body = json!({ "tier": "BASIC", "provider": provider });
        let answer = app.as_seven(Method::POST, "/v1/subscriptions/purchase", body);
        let answer = answer.await?;
        assert_eq!(answer.refusal(), (400, "E404"));
        let text = answer.body.to_string();
        assert!(
            text.contains("btcpay") && text.contains("2026-03-31"),
            "{text}"
        );
    }
    assert_eq!(statuses(&app, "pending").await?, 0);
    Ok(())
}
