//! CloudPayments: its API, its page, and what the shop is told.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::stage::{Listener, Stage};

pub fn call(stage: &Stage, method: &str, body: &Value) -> RequestBuilder {
    let url = stage.url(&format!("/cloudpayments/{method}"));
    let call = stage.client.post(url).json(body);
    call.basic_auth("pk_sandbox", Some("sandbox-api-secret"))
}

pub async fn answered(call: RequestBuilder) -> Value {
    let response = call.send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    response.json().await.expect("JSON")
}

pub async fn asked(stage: &Stage, method: &str, body: Value) -> Value {
    answered(call(stage, method, &body)).await
}

/// A page for 299 roubles; its number.
async fn opened(stage: &Stage) -> String {
    let body = json!({
        "Amount": 299.0, "Currency": "RUB", "Description": "BASIC", "InvoiceId": "o-1",
    });
    let answer = asked(stage, "orders/create", body).await;
    assert_eq!(answer["Success"], true, "{answer}");
    let url = answer["Model"]["Url"].as_str().expect("an address");
    url.rsplit('/').next().expect("a number").to_owned()
}

pub async fn acts(stage: &Stage, id: &str, act: Value) -> u16 {
    let path = format!("/control/cloudpayments/{id}");
    stage.send("POST", &path, act).await.0
}

/// The last payment of the order: number, status, whether the answer is a success.
async fn found(stage: &Stage, method: &str) -> (i64, Value, bool) {
    let answer = asked(stage, method, json!({ "InvoiceId": "o-1" })).await;
    let model = &answer["Model"];
    let number = model["TransactionId"].as_i64().unwrap_or_default();
    (number, model["Status"].clone(), answer["Success"] == true)
}

/// Notifications go to this shop, as JSON.
pub async fn tells(stage: &Stage, shop: &Listener) {
    let cabinet = json!({ "notifications": shop.url(), "json": true });
    let (status, _) = stage.send("PUT", "/control/cloudpayments", cabinet).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn only_the_site_is_answered() {
    let stage = Stage::new().await;
    let url = stage.url("/cloudpayments/test");
    for (id, secret) in [("pk_sandbox", "x"), ("x", "sandbox-api-secret")] {
        let refused = stage.client.post(&url).basic_auth(id, Some(secret));
        assert_eq!(refused.send().await.expect("an answer").status(), 401);
    }
    let without = stage.client.post(&url).send().await.expect("an answer");
    assert_eq!(without.status(), 401);
    assert_eq!(asked(&stage, "test", json!({})).await["Success"], true);
    let form = stage.client.post(stage.url("/cloudpayments/orders/create"));
    let form = form.basic_auth("pk_sandbox", Some("sandbox-api-secret"));
    let form = form.form(&[("Amount", "10.50"), ("Description", "x")]);
    assert_eq!(answered(form).await["Model"]["Amount"], json!(10.5));
}

#[tokio::test]
async fn the_same_request_id_gives_the_stored_answer() {
    let stage = Stage::new().await;
    let body = json!({ "Amount": 2.99, "Currency": "EUR", "Description": "x" });
    let with = |id: &str| call(&stage, "orders/create", &body).header("X-Request-ID", id);
    let first = answered(with("a")).await;
    assert_eq!(answered(with("a")).await, first);
    assert_ne!(
        answered(with("b")).await["Model"]["Id"],
        first["Model"]["Id"]
    );
    // What was refused is not stored.
    for amount in [json!(-1), json!(0), json!(2.995), json!("x"), Value::Null] {
        let body = json!({ "Amount": amount, "Description": "x" });
        let refused = call(&stage, "orders/create", &body).header("X-Request-ID", "c");
        let refused = answered(refused).await;
        assert_eq!(refused["Message"], "Invalid Amount value", "{amount}");
    }
    assert_eq!(answered(with("c")).await["Success"], true);
}

#[tokio::test]
async fn each_try_at_a_page_is_a_transaction_and_the_last_one_is_found() {
    let stage = Stage::new().await;
    let id = opened(&stage).await;
    let nothing = asked(&stage, "payments/find", json!({ "InvoiceId": "o-1" })).await;
    assert_eq!(nothing, json!({ "Success": false, "Message": "Not found" }));
    assert_eq!(acts(&stage, &id, json!({ "act": "refuse" })).await, 200);
    let (first, status, good) = found(&stage, "payments/find").await;
    assert_eq!((status, good), (json!("Declined"), false));
    assert_eq!(
        acts(&stage, &id, json!({ "act": "authenticate" })).await,
        200
    );
    let (second, status, _) = found(&stage, "payments/find").await;
    assert_eq!(status, "AwaitingAuthentication");
    assert_ne!(first, second);
    assert_eq!(acts(&stage, &id, json!({ "act": "pay" })).await, 200);
    assert_eq!(
        found(&stage, "payments/find").await,
        (second, json!("Completed"), true)
    );
    assert_eq!(
        acts(&stage, &id, json!({ "act": "pay" })).await,
        409,
        "it is paid"
    );
    let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
    let list = asked(&stage, "payments/list", json!({ "Date": today })).await;
    let list = list["Model"].as_array().expect("a list");
    let fees: Vec<&Value> = list.iter().map(|one| &one["TotalFee"]).collect();
    assert_eq!(fees, [&json!(0.0), &json!(7.47)], "of what came alone");
    for (day, zone, refusal) in [
        ("2001-01-01", "UTC", Value::Null),
        ("2001-01-01", "MSK", Value::Null),
        ("2001-01-01", "Mars", json!("Invalid TimeZone value")),
    ] {
        let day = json!({ "Date": day, "TimeZone": zone });
        let list = asked(&stage, "payments/list", day).await;
        assert_eq!(list["Message"], refusal, "{zone}");
        assert_eq!(list["Model"].as_array().map_or(0, Vec::len), 0);
    }
}

#[tokio::test]
async fn a_page_that_was_cancelled_cannot_be_paid() {
    let stage = Stage::new().await;
    let id = opened(&stage).await;
    assert_eq!(
        asked(&stage, "orders/cancel", json!({ "Id": id })).await["Success"],
        true
    );
    assert_eq!(acts(&stage, &id, json!({ "act": "pay" })).await, 409);
    let again = asked(&stage, "orders/cancel", json!({ "Id": id })).await;
    assert_eq!(again["Message"], "Not found");
}

#[tokio::test]
async fn parts_go_back_until_nothing_is_left_each_as_a_transaction() {
    let stage = Stage::new().await;
    let id = opened(&stage).await;
    acts(&stage, &id, json!({ "act": "pay" })).await;
    let (payment, ..) = found(&stage, "payments/find").await;
    let part = async |sum: Value, key: &str| {
        let body = json!({ "TransactionId": payment, "Amount": sum });
        answered(call(&stage, "payments/refund", &body).header("X-Request-ID", key)).await
    };
    let first = part(json!(100), "r-1").await;
    assert_eq!(part(json!(100), "r-1").await, first, "the reply was lost");
    let second = part(json!(100), "r-2").await;
    assert_ne!(
        first["Model"]["TransactionId"],
        second["Model"]["TransactionId"]
    );
    assert_eq!(
        part(json!(99.01), "r-3").await["Message"],
        "Invalid Amount value"
    );
    assert_eq!(part(json!(99), "r-4").await["Success"], true);
    // The old method knows no refunds.
    assert_eq!(found(&stage, "payments/find").await.0, payment);
    let last = asked(&stage, "v2/payments/find", json!({ "InvoiceId": "o-1" })).await;
    let model = &last["Model"];
    assert_eq!(
        (
            &model["Type"],
            &model["OriginalTransactionId"],
            &model["Amount"]
        ),
        (&json!(1), &json!(payment), &json!(99.0))
    );
    let shown = asked(&stage, "payments/get", json!({ "TransactionId": payment })).await;
    assert_eq!(shown["Model"]["Refunded"], true);
}

#[tokio::test]
async fn a_refund_may_fail_after_all_and_is_told_as_a_failed_refund() {
    let stage = Stage::new().await;
    let mut shop = Listener::new().await;
    let id = opened(&stage).await;
    acts(&stage, &id, json!({ "act": "pay" })).await;
    acts(&stage, &id, json!({ "act": "refund" })).await;
    tells(&stage, &shop).await;
    shop.answers(200, "{\"code\":0}");
    assert_eq!(
        acts(&stage, &id, json!({ "act": "refund_bounces" })).await,
        200
    );
    let told = shop.next().await.update;
    assert_eq!(
        (&told["OperationType"], &told["ReasonCode"]),
        (&json!("Refund"), &json!(5204))
    );
    assert_eq!(found(&stage, "v2/payments/find").await.1, "Declined");
    assert_eq!(acts(&stage, &id, json!({ "act": "refund" })).await, 200);
}

#[tokio::test]
async fn a_hold_is_confirmed_or_given_up() {
    let stage = Stage::new().await;
    for (method, status) in [
        ("payments/confirm", "Completed"),
        ("payments/void", "Cancelled"),
    ] {
        let id = opened(&stage).await;
        acts(&stage, &id, json!({ "act": "authorize" })).await;
        let (held, first, _) = found(&stage, "payments/find").await;
        assert_eq!(first, "Authorized");
        let body = json!({ "TransactionId": held, "Amount": 299 });
        assert_eq!(asked(&stage, method, body.clone()).await["Success"], true);
        assert_eq!(found(&stage, "payments/find").await.1, status);
        assert_eq!(
            asked(&stage, method, body).await["Success"],
            false,
            "{method} twice"
        );
    }
}

#[tokio::test]
async fn the_shop_is_asked_before_and_told_afterwards_until_it_says_zero() {
    let stage = Stage::new().await;
    let mut shop = Listener::new().await;
    tells(&stage, &shop).await;
    let id = opened(&stage).await;
    shop.answers(200, "{\"code\":12}");
    shop.answers(200, "{\"code\":0}");
    acts(&stage, &id, json!({ "act": "pay" })).await;
    let check = shop.next().await.update;
    assert_eq!(
        (&check["Status"], &check["Amount"], &check["InvoiceId"]),
        (&json!("Completed"), &json!("299.00"), &json!("o-1"))
    );
    assert!(check.get("GatewayName").is_none() && check.get("AuthCode").is_none());
    let fail = shop.next().await.update;
    assert_eq!(
        (&fail["ReasonCode"], &fail["Reason"]),
        (&json!(3003), &json!("InvalidAmount"))
    );
    for (status, answer) in [
        (200, "{\"code\":0}"),
        (200, "OK"),
        (500, ""),
        (200, "{\"code\":0}"),
    ] {
        shop.answers(status, answer);
    }
    acts(&stage, &id, json!({ "act": "pay" })).await;
    shop.next().await;
    for _ in 0..3 {
        let pay = shop.next().await.update;
        assert_eq!(
            (&pay["Status"], &pay["GatewayName"]),
            (&json!("Completed"), &json!("Test"))
        );
    }
}

#[tokio::test]
async fn a_shop_that_does_not_answer_check_sells_nothing() {
    let stage = Stage::new().await;
    let shop = Listener::new().await;
    tells(&stage, &shop).await;
    let id = opened(&stage).await;
    let lost = json!({ "webhook": { "down": true } });
    stage.faults(lost).await;
    acts(&stage, &id, json!({ "act": "pay" })).await;
    let answer = asked(&stage, "payments/find", json!({ "InvoiceId": "o-1" })).await;
    assert_eq!(answer["Model"]["ReasonCode"], 3007);
}

#[tokio::test]
async fn the_cabinet_is_told_by_the_api_too_but_not_of_check() {
    let stage = Stage::new().await;
    let body =
        json!({ "IsEnabled": true, "Address": "http://127.0.0.1:9/pay", "HttpMethod": "POST" });
    let path = "site/notifications/pay/update";
    assert_eq!(asked(&stage, path, body.clone()).await["Success"], true);
    let shown = asked(&stage, "site/notifications/Pay/get", json!({})).await;
    assert_eq!(shown["Model"]["Address"], "http://127.0.0.1:9/pay");
    let check = asked(&stage, "site/notifications/check/update", body).await;
    assert_eq!(check["Success"], false);
}

#[tokio::test]
async fn a_question_may_be_answered_from_before_the_last_change() {
    let stage = Stage::new().await;
    let id = opened(&stage).await;
    acts(&stage, &id, json!({ "act": "pay" })).await;
    stage
        .send("PUT", "/control/cloudpayments", json!({ "stale": 1 }))
        .await;
    assert_eq!(
        found(&stage, "payments/find").await.1,
        "AwaitingAuthentication"
    );
    assert_eq!(found(&stage, "payments/find").await.1, "Completed");
}

#[tokio::test]
async fn what_was_paid_is_still_there_after_a_restart() {
    let mut stage = Stage::new().await;
    // From now on it keeps what happens.
    stage.restart().await;
    let id = opened(&stage).await;
    acts(&stage, &id, json!({ "act": "pay" })).await;
    stage.restart().await;
    assert_eq!(found(&stage, "payments/find").await.1, "Completed");
    let page = stage
        .client
        .get(stage.url(&format!("/cloudpayments/d/{id}")));
    let page = page
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    assert!(
        page.contains("299.00 RUB") && page.contains("Paid"),
        "{page}"
    );
}
