//! PayPal: its orders, what it remembers of a call, how money goes back, and its signed events.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper::{HeaderMap, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::stage::Stage;

/// The shop, with its token.
struct Shop<'a> {
    stage: &'a Stage,
    token: String,
}

impl<'a> Shop<'a> {
    async fn new(stage: &'a Stage) -> Self {
        let call = stage.client.post(stage.url("/paypal/v1/oauth2/token"));
        let call = call.basic_auth("sandbox-app", Some("sandbox-app-secret"));
        let call = call.form(&[("grant_type", "client_credentials")]);
        let answer: Value = call
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        assert_eq!(
            (&answer["token_type"], &answer["expires_in"]),
            (&json!("Bearer"), &json!(32_400))
        );
        let token = answer["access_token"].as_str().expect("a token").to_owned();
        Self { stage, token }
    }

    async fn call(&self, method: &str, path: &str, key: &str, body: Value) -> (u16, Value) {
        let url = self.stage.url(&format!("/paypal{path}"));
        let call = self
            .stage
            .client
            .request(method.parse().expect("a verb"), url);
        let call = call.bearer_auth(&self.token);
        let call = if key.is_empty() {
            call
        } else {
            call.header("PayPal-Request-Id", key)
        };
        let call = if body.is_null() {
            call
        } else {
            call.json(&body)
        };
        let answer = call.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.call("GET", path, "", Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// An order of five euros; its number.
    async fn order(&self, key: &str, invoice: &str) -> String {
        let body = json!({
            "intent": "CAPTURE",
            "purchase_units": [{ "custom_id": "o-1", "invoice_id": invoice, "amount": { "currency_code": "EUR", "value": "5.00" } }],
        });
        // The older SDK ends its paths so.
        let (status, answer) = self.call("POST", "/v2/checkout/orders?", key, body).await;
        assert!([200, 201].contains(&status), "{answer}");
        answer["id"].as_str().expect("a number").to_owned()
    }

    async fn capture(&self, order: &str) -> (u16, Value) {
        let path = format!("/v2/checkout/orders/{order}/capture");
        self.call("POST", &path, &format!("{order}:capture"), json!({}))
            .await
    }

    /// An order that is paid; its number, and that of its capture.
    async fn paid(&self, act: &str) -> (String, String) {
        let order = self.order("", "").await;
        self.acts(&order, json!({ "act": act })).await;
        let (status, answer) = self.capture(&order).await;
        assert_eq!(status, 201, "{answer}");
        let capture = &answer["purchase_units"][0]["payments"]["captures"][0]["id"];
        (order, capture.as_str().expect("a number").to_owned())
    }

    async fn refund(&self, capture: &str, value: Option<&str>, key: &str) -> (u16, Value) {
        let path = format!("/v2/payments/captures/{capture}/refund");
        let body =
            value.map(|value| json!({ "amount": { "currency_code": "EUR", "value": value } }));
        self.call("POST", &path, key, body.unwrap_or_else(|| json!({})))
            .await
    }

    async fn acts(&self, order: &str, act: Value) {
        let (status, answer) = self
            .stage
            .send("POST", &format!("/control/paypal/{order}"), act)
            .await;
        assert_eq!(status, 200, "{answer}");
    }

    /// The state of the order, and of its capture.
    async fn state(&self, order: &str) -> (Value, Value) {
        let order = self.get(&format!("/v2/checkout/orders/{order}")).await;
        let capture = &order["purchase_units"][0]["payments"]["captures"][0]["status"];
        (order["status"].clone(), capture.clone())
    }
}

fn issue(answer: &Value) -> &str {
    answer["details"][0]["issue"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn without_the_app_and_its_token_nothing_is_answered() {
    let stage = Stage::new().await;
    let call = stage.client.post(stage.url("/paypal/v1/oauth2/token"));
    let refused = call
        .basic_auth("sandbox-app", Some("another"))
        .form(&[("grant_type", "client_credentials")]);
    assert_eq!(refused.send().await.expect("an answer").status(), 401);
    let mut shop = Shop::new(&stage).await;
    let order = shop.order("", "").await;
    shop.token.push('x');
    let (status, answer) = shop
        .call(
            "GET",
            &format!("/v2/checkout/orders/{order}"),
            "",
            Value::Null,
        )
        .await;
    assert_eq!((status, &answer["error"]), (401, &json!("invalid_token")));
}

#[tokio::test]
async fn an_order_is_not_paid_until_its_money_is_taken_and_each_call_does_its_work_once() {
    let stage = Stage::new().await;
    let shop = Shop::new(&stage).await;
    let order = shop.order("k-1", "i-1").await;
    assert_eq!(shop.order("k-1", "i-1").await, order, "the same key");
    assert_ne!(shop.order("k-2", "i-2").await, order);
    let (status, answer) = shop.capture(&order).await;
    assert_eq!((status, issue(&answer)), (422, "ORDER_NOT_APPROVED"));
    let page = stage.client.get(stage.url(&format!("/paypal/pay/{order}")));
    let page = page
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a page");
    assert!(
        page.contains("5.00 EUR") && page.contains("value=approve"),
        "{page}"
    );
    shop.acts(&order, json!({ "act": "approve" })).await;
    assert_eq!(shop.state(&order).await, (json!("APPROVED"), Value::Null));
    let (status, first) = shop.capture(&order).await;
    assert_eq!((status, &first["status"]), (201, &json!("COMPLETED")));
    assert_eq!(shop.capture(&order).await, (200, first), "the same key");
    let path = format!("/v2/checkout/orders/{order}/capture");
    let (status, answer) = shop.call("POST", &path, "another", json!({})).await;
    assert_eq!((status, issue(&answer)), (422, "ORDER_ALREADY_CAPTURED"));
    // The money of one invoice is taken once.
    let second = shop.order("k-3", "i-1").await;
    shop.acts(&second, json!({ "act": "approve" })).await;
    let (status, answer) = shop.capture(&second).await;
    assert_eq!((status, issue(&answer)), (422, "DUPLICATE_INVOICE_ID"));
}

#[tokio::test]
async fn a_sum_with_too_many_decimals_is_refused() {
    let stage = Stage::new().await;
    let shop = Shop::new(&stage).await;
    for (value, currency, expected) in [
        ("5.001", "EUR", "DECIMAL_PRECISION"),
        ("5800.5", "JPY", "DECIMAL_PRECISION"),
    ] {
        let body = json!({
            "intent": "CAPTURE", "purchase_units": [{ "amount": { "currency_code": currency, "value": value } }],
        });
        let (status, answer) = shop.call("POST", "/v2/checkout/orders", "", body).await;
        assert_eq!((status, issue(&answer)), (422, expected));
    }
}

#[tokio::test]
async fn a_declined_card_sends_the_buyer_back_and_an_echeck_takes_its_time() {
    let stage = Stage::new().await;
    let shop = Shop::new(&stage).await;
    let order = shop.order("", "").await;
    shop.acts(&order, json!({ "act": "approve_declined" }))
        .await;
    let (status, answer) = shop.capture(&order).await;
    assert_eq!((status, issue(&answer)), (422, "INSTRUMENT_DECLINED"));
    shop.acts(&order, json!({ "act": "approve_pending" })).await;
    assert_eq!(shop.capture(&order).await.0, 201);
    assert_eq!(
        shop.state(&order).await,
        (json!("COMPLETED"), json!("PENDING"))
    );
    shop.acts(&order, json!({ "act": "clears" })).await;
    assert_eq!(
        shop.state(&order).await,
        (json!("COMPLETED"), json!("COMPLETED"))
    );
}

#[tokio::test]
async fn parts_go_back_once_for_each_key_and_say_the_sum_until_then() {
    let stage = Stage::new().await;
    let shop = Shop::new(&stage).await;
    let (order, capture) = shop.paid("approve").await;
    let (status, first) = shop.refund(&capture, Some("2.00"), "r-1").await;
    assert_eq!((status, &first["status"]), (201, &json!("COMPLETED")));
    assert_eq!(
        shop.refund(&capture, Some("2.00"), "r-1").await,
        (200, first)
    );
    let (_, second) = shop.refund(&capture, Some("1.00"), "r-2").await;
    let sums = &second["seller_payable_breakdown"];
    assert_eq!(sums["total_refunded_amount"]["value"], "3.00");
    assert_eq!(second["amount"]["value"], "1.00");
    assert_eq!(shop.state(&order).await.1, "PARTIALLY_REFUNDED");
    let (status, answer) = shop.refund(&capture, Some("2.01"), "r-3").await;
    assert_eq!((status, issue(&answer)), (422, "REFUND_AMOUNT_EXCEEDED"));
    assert_eq!(
        shop.refund(&capture, None, "r-4").await.1["amount"]["value"],
        "2.00"
    );
    assert_eq!(shop.state(&order).await.1, "REFUNDED");
    let (status, answer) = shop.refund(&capture, None, "r-5").await;
    assert_eq!((status, issue(&answer)), (422, "CAPTURE_FULLY_REFUNDED"));
}

#[tokio::test]
async fn a_refund_may_fail_later_and_a_state_may_be_shown_as_it_was() {
    let stage = Stage::new().await;
    let shop = Shop::new(&stage).await;
    let (order, capture) = shop.paid("approve").await;
    shop.acts(&order, json!({ "act": "refunds_slowly" })).await;
    shop.acts(&order, json!({ "act": "stale", "times": 1 }))
        .await;
    let (_, made) = shop.refund(&capture, None, "r-1").await;
    assert_eq!(made["status"], "PENDING");
    assert_eq!(shop.state(&order).await.1, "COMPLETED", "as it was");
    assert_eq!(shop.state(&order).await.1, "REFUNDED");
    shop.acts(&order, json!({ "act": "refund_fails" })).await;
    assert_eq!(shop.state(&order).await.1, "COMPLETED");
    let path = format!(
        "/v2/payments/refunds/{}",
        made["id"].as_str().expect("a number")
    );
    assert_eq!(shop.get(&path).await["status"], "FAILED");
}

#[tokio::test]
async fn a_dispute_is_listed_by_its_capture_and_has_an_end() {
    let stage = Stage::new().await;
    let shop = Shop::new(&stage).await;
    let (order, capture) = shop.paid("approve").await;
    let path = format!("/v1/customer/disputes?disputed_transaction_id={capture}");
    assert_eq!(shop.get(&path).await["items"], json!([]));
    shop.acts(&order, json!({ "act": "dispute" })).await;
    shop.acts(&order, json!({ "act": "dispute_lost" })).await;
    let listed = shop.get(&path).await["items"][0].clone();
    assert_eq!(
        (&listed["status"], &listed["dispute_outcome"]),
        (&json!("RESOLVED"), &Value::Null)
    );
    let whole = format!(
        "/v1/customer/disputes/{}",
        listed["dispute_id"].as_str().expect("a number")
    );
    assert_eq!(
        shop.get(&whole).await["dispute_outcome"]["outcome_code"],
        "RESOLVED_BUYER_FAVOUR"
    );
}

/// The shop's server: headers and body of each call.
async fn listening() -> (String, mpsc::UnboundedReceiver<(HeaderMap, Bytes)>) {
    let door = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}/hook", door.local_addr().expect("an address"));
    let (sender, calls) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = door.accept().await {
            let sender = sender.clone();
            let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let sender = sender.clone();
                async move {
                    let (head, body) = request.into_parts();
                    let body = body.collect().await?.to_bytes();
                    sender.send((head.headers, body)).expect("the test listens");
                    Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::new())))
                }
            });
            let io = TokioIo::new(stream);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service));
        }
    });
    (url, calls)
}

#[tokio::test]
async fn events_are_signed_and_paypal_itself_can_be_asked_whether_they_are() {
    let stage = Stage::new().await;
    let shop = Shop::new(&stage).await;
    let (url, mut calls) = listening().await;
    let (status, hook) = stage
        .send("PUT", "/control/paypal/webhook", json!({ "url": url }))
        .await;
    assert_eq!((status, &hook["id"]), (201, &json!("SANDBOXHOOK")));
    let order = shop.order("", "").await;
    let mut ids = Vec::new();
    for (act, kind) in [
        ("approve", "CHECKOUT.ORDER.APPROVED"),
        ("capture", "PAYMENT.CAPTURE.COMPLETED"),
        ("again", "PAYMENT.CAPTURE.COMPLETED"),
    ] {
        match act {
            "capture" => assert_eq!(shop.capture(&order).await.0, 201),
            act => shop.acts(&order, json!({ "act": act })).await,
        }
        let (headers, body) = calls.recv().await.expect("an event");
        let event: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(event["event_type"], kind);
        ids.push(event["id"].as_str().expect("a number").to_owned());
        let header = |name: &str| headers[name].to_str().expect("text").to_owned();
        assert_eq!(
            BASE64_STANDARD
                .decode(header("paypal-transmission-sig"))
                .expect("base64")
                .len(),
            256
        );
        let pem = stage
            .client
            .get(header("paypal-cert-url"))
            .send()
            .await
            .expect("an answer");
        assert!(
            pem.text()
                .await
                .expect("text")
                .starts_with("-----BEGIN CERTIFICATE-----")
        );
        for (more, verdict) in [("", "SUCCESS"), (" ", "FAILURE")] {
            let question = format!(
                "{{\"auth_algo\":\"SHA256withRSA\",\"transmission_id\":\"{}\",\"transmission_sig\":\"{}\",\
                 \"transmission_time\":\"{}\",\"webhook_id\":\"SANDBOXHOOK\",\"cert_url\":\"{}\",\"webhook_event\":{}}}",
                header("paypal-transmission-id"),
                header("paypal-transmission-sig"),
                header("paypal-transmission-time"),
                header("paypal-cert-url"),
                String::from_utf8_lossy(&body).replacen(':', &format!(":{more}"), 1),
            );
            let call = stage
                .client
                .post(stage.url("/paypal/v1/notifications/verify-webhook-signature"));
            let call = call.bearer_auth(&shop.token).body(question);
            let answer: Value = call
                .send()
                .await
                .expect("an answer")
                .json()
                .await
                .expect("JSON");
            assert_eq!(answer["verification_status"], verdict);
        }
    }
    assert_ne!(ids[1], ids[2], "another number for the same");
}

/// What Transaction Search lists of today, in pages of one: the codes and the sums.
async fn listed(shop: &Shop<'_>) -> Vec<(String, String)> {
    let today = chrono::Utc::now().format("%Y-%m-%d");
    let mut all = Vec::new();
    for page in 1.. {
        let path = format!(
            "/v1/reporting/transactions?start_date={today}T00:00:00Z&end_date={today}T23:59:59Z&page_size=1&page={page}"
        );
        let answer = shop.get(&path).await;
        for one in answer["transaction_details"].as_array().expect("a list") {
            let info = &one["transaction_info"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let sums = [&info["transaction_amount"], &info["fee_amount"]];
            let sums = sums.map(|sum| text(&sum["value"])).join(" ");
            all.push((
                text(&info["transaction_event_code"]),
                sums.trim().to_owned(),
            ));
        }
        if answer["total_pages"].as_u64().expect("a number") <= page {
            all.sort();
            return all;
        }
    }
    all
}

#[tokio::test]
async fn what_moved_is_listed_page_by_page_and_late_if_it_is_to_be() {
    let stage = Stage::new().await;
    let shop = Shop::new(&stage).await;
    assert_eq!(listed(&shop).await, []);
    let order = shop.order("o-1", "i-1").await;
    let (status, _) = stage
        .send(
            "POST",
            &format!("/control/paypal/{order}"),
            json!({ "act": "approve" }),
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(listed(&shop).await, [], "approved is not paid");
    shop.capture(&order).await;
    let back = json!({ "act": "refund", "amount": 100 });
    stage
        .send("POST", &format!("/control/paypal/{order}"), back)
        .await;
    let sets = async |wanted: Value| {
        let (status, _) = stage.send("PUT", "/control/paypal/reports", wanted).await;
        assert_eq!(status, 200);
    };
    sets(json!({ "withdraw": 200, "currency": "EUR" })).await;
    let expected = [
        ("T0006", "5.00 -0.52"),
        ("T0400", "-2.00"),
        ("T1107", "-1.00"),
    ];
    let expected = expected.map(|(code, sums)| (code.to_owned(), sums.to_owned()));
    assert_eq!(listed(&shop).await, expected);
    sets(json!({ "lag": 10_800 })).await;
    assert_eq!(listed(&shop).await, []);
    sets(json!({ "lag": 0, "denied": true })).await;
    let year =
        "/v1/reporting/transactions?start_date=2026-01-01T00:00:00Z&end_date=2026-12-31T00:00:00Z";
    assert_eq!(shop.call("GET", year, "", Value::Null).await.0, 400);
    let month =
        "/v1/reporting/transactions?start_date=2026-01-01T00:00:00Z&end_date=2026-02-01T00:00:00Z";
    assert_eq!(shop.call("GET", month, "", Value::Null).await.0, 403);
    let unbounded = "/v1/reporting/transactions?start_date=2026-01-01T00:00:00Z";
    assert_eq!(shop.call("GET", unbounded, "", Value::Null).await.0, 400);
}
