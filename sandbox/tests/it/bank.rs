//! The bank: what it can be asked, and how money goes back.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::stage::{Listener, Stage};

/// Calls a method of the bank, signed as its documentation has it: the values by name, and the password.
pub async fn call(stage: &Stage, method: &str, body: Value) -> Value {
    let path = format!("/tinkoff/v2/{method}");
    let (status, answer) = stage.send("POST", &path, signed(body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

pub fn signed(mut body: Value) -> Value {
    body["TerminalKey"] = json!("SandboxDEMO");
    let text = |value: &Value| {
        let text = value.as_str().map(str::to_owned);
        text.unwrap_or_else(|| value.to_string())
    };
    let fields = body.as_object().expect("an object").iter();
    let mut values: BTreeMap<&str, String> = fields
        .map(|(name, value)| (name.as_str(), text(value)))
        .collect();
    values.insert("Password", "sandbox-password".to_owned());
    let all: String = values.into_values().collect();
    body["Token"] = json!(hex::encode(Sha256::digest(all)));
    body
}

/// A payment of 299 roubles; its number.
pub async fn opened(stage: &Stage, more: Value) -> String {
    let mut body = json!({ "Amount": 29900, "OrderId": "o-1" });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let answer = call(stage, "Init", body).await;
    assert_eq!(answer["Success"], true, "{answer}");
    answer["PaymentId"].as_str().expect("a number").to_owned()
}

pub async fn acts(stage: &Stage, id: &str, act: &str) -> u16 {
    let path = format!("/control/bank/{id}");
    stage.send("POST", &path, json!({ "act": act })).await.0
}

pub async fn status(stage: &Stage, id: &str) -> Value {
    let state = call(stage, "GetState", json!({ "PaymentId": id })).await;
    state["Status"].clone()
}

/// Gives a part back; the status, and the sums before and after it.
async fn cancel(stage: &Stage, id: &str, kopecks: i64, request: &str) -> (Value, Value, Value) {
    let body = json!({ "PaymentId": id, "Amount": kopecks, "ExternalRequestId": request });
    let answer = call(stage, "Cancel", body).await;
    let field = |name: &str| answer[name].clone();
    match answer["Success"] == true {
        true => (field("Status"), field("OriginalAmount"), field("NewAmount")),
        false => (field("ErrorCode"), Value::Null, Value::Null),
    }
}

#[tokio::test]
async fn a_payment_is_found_by_its_number_and_by_the_order() {
    let stage = Stage::new().await;
    let unknown = call(&stage, "CheckOrder", json!({ "OrderId": "o-1" })).await;
    assert_eq!(unknown["Success"], false);
    let id = opened(&stage, json!({})).await;
    assert_eq!(status(&stage, &id).await, "NEW");
    let page = stage.url(&format!("/tinkoff/pay/{id}"));
    let shown = stage.client.get(page).send().await.expect("an answer");
    assert_eq!(shown.status(), 200);
    assert_eq!(status(&stage, &id).await, "FORM_SHOWED");
    assert_eq!(acts(&stage, &id, "refuse").await, 200);
    let order = call(&stage, "CheckOrder", json!({ "OrderId": "o-1" })).await;
    let expected = json!([{
        "PaymentId": id, "Amount": 29900, "Status": "REJECTED", "Success": "false",
        "ErrorCode": "1051", "Message": "None",
    }]);
    assert_eq!(order["Payments"], expected);
    assert_eq!(acts(&stage, &id, "pay").await, 200);
    assert_eq!(status(&stage, &id).await, "CONFIRMED");
    let again = call(&stage, "Init", json!({ "Amount": 29900, "OrderId": "o-1" })).await;
    assert_eq!(again["ErrorCode"], "8", "it is paid: {again}");
}

#[tokio::test]
async fn parts_go_back_once_for_each_request_until_nothing_is_left() {
    let stage = Stage::new().await;
    let id = opened(&stage, json!({})).await;
    acts(&stage, &id, "pay").await;
    let sums = |status: &str, before: i64, after: i64| (json!(status), json!(before), json!(after));
    let part = cancel(&stage, &id, 10_000, "r-1").await;
    assert_eq!(part, sums("PARTIAL_REFUNDED", 29_900, 19_900));
    // The reply was lost, and the shop asks again.
    let same = cancel(&stage, &id, 10_000, "r-1").await;
    assert_eq!(same, sums("PARTIAL_REFUNDED", 19_900, 19_900));
    let more = cancel(&stage, &id, 9_900, "r-2").await;
    assert_eq!(more, sums("PARTIAL_REFUNDED", 19_900, 10_000));
    assert_eq!(cancel(&stage, &id, 10_001, "r-3").await.0, "8", "too much");
    let rest = cancel(&stage, &id, 10_000, "r-4").await;
    assert_eq!(rest, sums("REFUNDED", 10_000, 0));
}

#[tokio::test]
async fn a_refund_by_sbp_takes_its_time_and_may_bounce() {
    let stage = Stage::new().await;
    let id = opened(&stage, json!({})).await;
    acts(&stage, &id, "pay_sbp").await;
    let begun = cancel(&stage, &id, 29_900, "r-1").await;
    assert_eq!(begun, (json!("ASYNC_REFUNDING"), json!(29_900), json!(0)));
    acts(&stage, &id, "refund_bounces").await;
    assert_eq!(status(&stage, &id).await, "CONFIRMED");
    // The number of the request counts for nothing.
    assert_eq!(
        cancel(&stage, &id, 29_900, "r-1").await.0,
        "ASYNC_REFUNDING"
    );
    acts(&stage, &id, "refund_arrives").await;
    assert_eq!(status(&stage, &id).await, "REFUNDED");
}

#[tokio::test]
async fn a_page_ends_when_its_time_is_over() {
    let stage = Stage::new().await;
    let past = json!({ "RedirectDueDate": "2016-08-31T12:28:00+03:00" });
    let id = opened(&stage, past).await;
    assert_eq!(status(&stage, &id).await, "DEADLINE_EXPIRED");
    assert_eq!(acts(&stage, &id, "pay").await, 409);
}

#[tokio::test]
async fn what_the_shop_has_not_taken_is_sent_again_when_it_asks() {
    let stage = Stage::new().await;
    let mut shop = Listener::new().await;
    let lost = json!({ "webhook": { "methods": { "tinkoff": { "down": true } } } });
    stage.faults(lost).await;
    let id = opened(&stage, json!({ "NotificationURL": shop.url() })).await;
    acts(&stage, &id, "pay").await;
    let told = stage.get("/control/bank").await["payments"][0]["untaken"].clone();
    assert_eq!(told.as_array().expect("a list").len(), 2, "{told}");
    let answer = call(&stage, "Resend", json!({})).await;
    assert_eq!(
        (&answer["Success"], &answer["Count"]),
        (&json!(true), &json!(2))
    );
    for _ in 0..4 {
        shop.answers(200, "OK");
    }
    stage.faults(json!({})).await;
    // Each comes twice: the bank still tries by itself, too.
    let mut told = Vec::new();
    for _ in 0..4 {
        let update = shop.next().await.update;
        assert_eq!(update["OrderId"], "o-1");
        told.push(update["Status"].as_str().expect("a status").to_owned());
    }
    told.sort_unstable();
    assert_eq!(told, ["AUTHORIZED", "AUTHORIZED", "CONFIRMED", "CONFIRMED"]);
}
