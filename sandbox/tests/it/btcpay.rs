//! BTCPay Server: invoices, what the network does with them, its webhooks, and refunds that are claimed.

use serde_json::{Value, json};

use crate::stage::{Listener, Stage};

const STORE: &str = "/btcpay/api/v1/stores/SandboxStore";

async fn with_key(stage: &Stage, key: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    let method = method.parse().expect("a verb");
    let call = stage.client.request(method, stage.url(path));
    let call = call.header("Authorization", format!("token {key}"));
    let call = if body.is_null() {
        call
    } else {
        call.json(&body)
    };
    let response = call.send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

async fn api(stage: &Stage, method: &str, path: &str, body: Value) -> Value {
    let path = format!("{STORE}/{path}");
    let (status, answer) = with_key(stage, "sandbox-btcpay-key", method, &path, body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// An invoice of 5 euros; its number.
async fn made(stage: &Stage, order: &str) -> String {
    let body = json!({ "amount": "5.00", "currency": "EUR", "metadata": { "orderId": order } });
    let invoice = api(stage, "POST", "invoices", body).await;
    invoice["id"].as_str().expect("a number").to_owned()
}

async fn acts(stage: &Stage, id: &str, act: &str) -> u16 {
    let path = format!("/control/btcpay/{id}");
    stage.send("POST", &path, json!({ "act": act })).await.0
}

/// The two states, and what was paid.
async fn state(stage: &Stage, id: &str) -> (String, String, String) {
    let invoice = api(stage, "GET", &format!("invoices/{id}"), Value::Null).await;
    let text = |name: &str| invoice[name].as_str().expect("text").to_owned();
    (text("status"), text("additionalStatus"), text("paidAmount"))
}

async fn listens(stage: &Stage, shop: &Listener) {
    let hook = json!({ "url": shop.url(), "secret": "s" });
    let hook = api(stage, "POST", "webhooks", hook).await;
    assert_eq!(hook["authorizedEvents"]["everything"], true);
}

#[tokio::test]
async fn only_the_key_of_the_store_opens_it() {
    let stage = Stage::new().await;
    let path = format!("{STORE}/invoices");
    let (status, answer) = with_key(&stage, "another", "GET", &path, Value::Null).await;
    assert_eq!((status, &answer["code"]), (401, &json!("unauthenticated")));
    let elsewhere = "/btcpay/api/v1/stores/Another/invoices";
    let key = "sandbox-btcpay-key";
    let (status, answer) = with_key(&stage, key, "GET", elsewhere, Value::Null).await;
    assert_eq!((status, &answer["code"]), (404, &json!("store-not-found")));
    let wrong = json!({ "amount": "x", "currency": "EUR" });
    let (status, answer) = with_key(&stage, key, "POST", &path, wrong).await;
    assert_eq!((status, &answer[0]["path"]), (422, &json!("amount")));
}

#[tokio::test]
async fn an_invoice_ends_as_it_was_paid() {
    let stage = Stage::new().await;
    for (story, status, additional, paid) in [
        (&["pay"] as &[&str], "Settled", "None", "5"),
        (&["pay_chain"], "Processing", "None", "5"),
        (&["pay_chain", "confirm"], "Settled", "None", "5"),
        (&["pay_chain", "lose"], "Invalid", "None", "0"),
        (&["pay_half"], "New", "PaidPartial", "2.5"),
        (&["pay_half", "pay"], "Settled", "None", "5"),
        (&["pay_half", "expire"], "Expired", "PaidPartial", "2.5"),
        (&["pay_half", "expire", "pay"], "Expired", "PaidLate", "5"),
        (&["pay_double"], "Settled", "PaidOver", "10"),
        (&["pay", "pay"], "Settled", "PaidOver", "10"),
        (&["expire"], "Expired", "None", "0"),
        (&["expire", "pay"], "Expired", "PaidLate", "5"),
        (&["expire", "pay", "settle"], "Settled", "Marked", "5"),
        (&["invalidate"], "Invalid", "Marked", "0"),
    ] {
        let id = made(&stage, "o").await;
        for act in story {
            assert_eq!(acts(&stage, &id, act).await, 200, "{story:?}: {act}");
        }
        let expected = (status.to_owned(), additional.to_owned(), paid.to_owned());
        assert_eq!(state(&stage, &id).await, expected, "{story:?}");
    }
}

#[tokio::test]
async fn invoices_are_found_by_their_order_and_say_in_what_they_were_paid() {
    let stage = Stage::new().await;
    let (first, second) = (made(&stage, "o-1").await, made(&stage, "o-2").await);
    assert_eq!(acts(&stage, &second, "pay_double").await, 200);
    let found = api(&stage, "GET", "invoices?orderId=o-2", Value::Null).await;
    assert_eq!(found.as_array().expect("a list").len(), 1);
    assert_eq!(found[0]["id"], second);
    let both = "invoices?orderId=o-2&orderId=o-1";
    let found = api(&stage, "GET", both, Value::Null).await;
    assert_eq!(found.as_array().expect("a list").len(), 2);
    let path = format!("invoices/{second}/payment-methods");
    let ways = api(&stage, "GET", &path, Value::Null).await;
    assert_eq!(
        (&ways[0]["amount"], &ways[0]["due"]),
        (&json!("0.0001"), &json!("-0.0001"))
    );
    assert_eq!(ways[0]["payments"][0]["value"], "0.0002");
    api(&stage, "DELETE", &format!("invoices/{first}"), Value::Null).await;
    let found = api(&stage, "GET", "invoices?orderId=o-1", Value::Null).await;
    assert_eq!(found, json!([]));
}

#[tokio::test]
async fn events_come_in_order_again_after_a_fault_and_never_after_a_refusal() {
    let stage = Stage::new().await;
    let mut shop = Listener::new().await;
    listens(&stage, &shop).await;
    shop.answers(500, "");
    shop.answers(200, "");
    shop.answers(400, "");
    let id = made(&stage, "o-1").await;
    acts(&stage, &id, "pay").await;
    let first = shop.next().await.update;
    let again = shop.next().await.update;
    assert_eq!(
        (&first["type"], &again["type"]),
        (
            &json!("InvoiceReceivedPayment"),
            &json!("InvoiceReceivedPayment")
        )
    );
    assert_eq!(
        (&first["isRedelivery"], &again["isRedelivery"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(again["originalDeliveryId"], first["deliveryId"]);
    assert_ne!(again["deliveryId"], first["deliveryId"]);
    let mut told = Vec::new();
    for _ in 0..3 {
        let event = shop.next().await.update;
        assert_eq!(
            (&event["invoiceId"], &event["metadata"]["orderId"]),
            (&json!(id), &json!("o-1"))
        );
        // Neither a sum nor a state of the invoice.
        assert!(event.get("amount").is_none() && event.get("status").is_none());
        told.push(event["type"].as_str().expect("text").to_owned());
    }
    assert_eq!(
        told,
        [
            "InvoicePaymentSettled",
            "InvoiceProcessing",
            "InvoiceSettled"
        ]
    );
}

#[tokio::test]
async fn a_restart_of_the_server_loses_what_waits() {
    let stage = Stage::new().await;
    let mut shop = Listener::new().await;
    listens(&stage, &shop).await;
    let lost = json!({ "webhook": { "methods": { "btcpay": { "down": true } } } });
    stage.faults(lost).await;
    let first = made(&stage, "o-1").await;
    acts(&stage, &first, "pay").await;
    let restart = json!({ "act": "restart" });
    assert_eq!(stage.send("POST", "/control/btcpay", restart).await.0, 200);
    stage.faults(json!({})).await;
    let second = made(&stage, "o-2").await;
    acts(&stage, &second, "expire").await;
    let event = shop.next().await.update;
    assert_eq!(
        (&event["type"], &event["invoiceId"]),
        (&json!("InvoiceExpired"), &json!(second))
    );
    assert_eq!(state(&stage, &first).await.0, "Settled");
}

#[tokio::test]
async fn a_refund_is_claimed_paid_out_or_not() {
    let stage = Stage::new().await;
    let id = made(&stage, "o-1").await;
    let ask = json!({
        "refundVariant": "Custom", "customAmount": "2.00", "customCurrency": "EUR", "description": "d",
    });
    let path = format!("invoices/{id}/refund");
    let whole = format!("{STORE}/{path}");
    let key = "sandbox-btcpay-key";
    let (status, answer) = with_key(&stage, key, "POST", &whole, ask.clone()).await;
    assert_eq!((status, &answer["code"]), (400, &json!("non-refundable")));
    acts(&stage, &id, "pay").await;
    let pull = api(&stage, "POST", &path, ask).await;
    assert_eq!(
        (&pull["amount"], &pull["currency"]),
        (&json!("2.00"), &json!("EUR"))
    );
    let listed = api(&stage, "GET", "pull-payments", Value::Null).await;
    assert_eq!(listed[0]["description"], "d");
    let pull = pull["id"].as_str().expect("a number");
    let payouts = format!("/btcpay/api/v1/pull-payments/{pull}/payouts");
    let states = async || {
        let payouts = stage.get(&payouts).await;
        let all = payouts.as_array().expect("a list").clone();
        all.into_iter()
            .map(|one| one["state"].clone())
            .collect::<Vec<_>>()
    };
    assert!(states().await.is_empty());
    assert_eq!(acts(&stage, pull, "claim").await, 200);
    assert_eq!(states().await, ["AwaitingPayment"]);
    assert_eq!(acts(&stage, pull, "claim").await, 409);
    assert_eq!(acts(&stage, pull, "cancel_payout").await, 200);
    assert!(states().await.is_empty());
    assert_eq!(acts(&stage, pull, "claim").await, 200);
    assert_eq!(acts(&stage, pull, "pay_out").await, 200);
    assert_eq!(states().await, ["Completed"]);
}

#[tokio::test]
async fn a_shop_may_be_told_the_state_of_before_for_a_while() {
    let stage = Stage::new().await;
    let id = made(&stage, "o-1").await;
    let path = format!("/control/btcpay/{id}");
    stage
        .send("POST", &path, json!({ "act": "pay", "stale": 1 }))
        .await;
    assert_eq!(state(&stage, &id).await.0, "New");
    assert_eq!(state(&stage, &id).await.0, "Settled");
}

#[tokio::test]
async fn the_page_of_an_invoice_has_its_buttons_and_leads_back() {
    let stage = Stage::new().await;
    let body = json!({
        "amount": "5", "currency": "EUR", "metadata": { "itemDesc": "A month" },
        "checkout": { "redirectURL": "https://shop.example/paid" },
    });
    let invoice = api(&stage, "POST", "invoices", body).await;
    let page = invoice["checkoutLink"].as_str().expect("a page");
    let shown = stage.client.get(page).send().await.expect("an answer");
    let shown = shown.text().await.expect("text");
    assert!(
        shown.contains("A month")
            && shown.contains("0.0001 BTC")
            && shown.contains("value=pay_half"),
        "{shown}"
    );
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.no_proxy().build().expect("a client");
    let paid = client
        .post(page)
        .form(&[("act", "pay")])
        .send()
        .await
        .expect("an answer");
    assert_eq!(paid.headers()["location"], "https://shop.example/paid");
}
