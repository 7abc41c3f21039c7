//! Comgate: payments in both versions of its API, pushes, and money back.

use serde_json::{Value, json};

use crate::stage::{Listener, Stage};

const SECRET: &str = "sandbox-comgate-secret";

/// A call of version 2.0; its code and the answer.
pub async fn call(stage: &Stage, method: &str, path: &str, body: Value) -> (i64, Value) {
    let method = method.parse().expect("a verb");
    let url = stage.url(&format!("/comgate/v2.0/{path}"));
    let call = stage
        .client
        .request(method, url)
        .basic_auth("123456", Some(SECRET));
    let call = if body.is_null() {
        call
    } else {
        call.json(&body)
    };
    let answer: Value = call
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    (answer["code"].as_i64().expect("a code"), answer)
}

pub fn payment() -> Value {
    json!({
        "price": 14900, "curr": "CZK", "label": "A month", "refId": "o-1", "method": "ALL",
        "email": "a@example.org", "prepareOnly": true, "test": false, "url_paid": "https://shop.example/paid",
    })
}

pub async fn made(stage: &Stage) -> String {
    let (code, answer) = call(stage, "POST", "payment.json", payment()).await;
    assert_eq!(code, 0, "{answer}");
    answer["transId"].as_str().expect("a number").to_owned()
}

pub async fn acts(stage: &Stage, id: &str, act: Value) -> u16 {
    stage
        .send("POST", &format!("/control/comgate/{id}"), act)
        .await
        .0
}

pub async fn status(stage: &Stage, id: &str) -> Value {
    let path = format!("payment/transId/{id}.json");
    call(stage, "GET", &path, Value::Null).await.1["status"].clone()
}

#[tokio::test]
async fn a_payment_is_judged_as_comgate_does() {
    let stage = Stage::new().await;
    for (name, value, code) in [
        ("label", json!(""), 1305),
        ("label", json!("12345678901234567"), 1305),
        ("price", json!(99), 1309),
        ("price", Value::Null, 1107),
        ("curr", json!("RUB"), 1310),
        ("refId", Value::Null, 1400),
        ("label", json!("1234567890123456"), 0),
    ] {
        let mut body = payment();
        body[name] = value;
        let (given, answer) = call(&stage, "POST", "payment.json", body).await;
        assert_eq!(given, code, "{answer}");
    }
    let url = stage.url("/comgate/v2.0/payment.json");
    let wrong = stage.client.post(url).basic_auth("123456", Some("another"));
    let wrong = wrong.json(&payment()).send().await.expect("an answer");
    assert_eq!(wrong.status(), 401);
}

#[tokio::test]
async fn the_same_order_again_is_another_payment() {
    let stage = Stage::new().await;
    let (first, second) = (made(&stage).await, made(&stage).await);
    assert_ne!(first, second);
    assert_eq!(acts(&stage, &first, json!({ "act": "pay" })).await, 200);
    assert_eq!(status(&stage, &first).await, "PAID");
    assert_eq!(status(&stage, &second).await, "PENDING");
}

#[tokio::test]
async fn the_shop_is_told_of_the_end_again_until_it_answers_well() {
    let stage = Stage::new().await;
    let mut shop = Listener::new().await;
    let push = json!({ "push_url": shop.url(), "push_json": true });
    assert_eq!(stage.send("PUT", "/control/comgate", push).await.0, 200);
    shop.answers(500, "");
    let id = made(&stage).await;
    let page = stage.url(&format!("/comgate/pay/{id}"));
    let shown = stage.client.get(&page).send().await.expect("an answer");
    assert!(shown.text().await.expect("text").contains("149.00 CZK"));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.no_proxy().build().expect("a client");
    let paid = client
        .post(&page)
        .form(&[("act", "pay")])
        .send()
        .await
        .expect("an answer");
    assert_eq!(paid.headers()["location"], "https://shop.example/paid");
    for _ in 0..2 {
        let push = shop.next().await.update;
        assert_eq!(
            (&push["transId"], &push["status"]),
            (&json!(id), &json!("PAID"))
        );
        assert_eq!(
            (&push["merchant"], &push["refId"]),
            (&json!("123456"), &json!("o-1"))
        );
    }
    // Of a payment that is open the shop is not told.
    assert!(shop.deliveries.try_recv().is_err());
}

#[tokio::test]
async fn money_goes_back_until_nothing_is_left() {
    let stage = Stage::new().await;
    let id = made(&stage).await;
    let back = async |hundredths: i64| {
        let body = json!({ "transId": id, "amount": hundredths });
        call(&stage, "POST", "refund.json", body).await.0
    };
    assert_eq!(back(100).await, 1400);
    acts(&stage, &id, json!({ "act": "pay" })).await;
    assert_eq!((back(4900).await, back(10_001).await), (0, 1402));
    assert_eq!((back(10_000).await, back(1).await), (0, 1402));
    // The state does not say it.
    assert_eq!(status(&stage, &id).await, "PAID");
    let ended = made(&stage).await;
    let path = format!("payment/transId/{ended}.json");
    assert_eq!(call(&stage, "DELETE", &path, Value::Null).await.0, 0);
    let body = json!({ "transId": ended, "amount": 100 });
    assert_eq!(call(&stage, "POST", "refund.json", body).await.0, 1401);
}

#[tokio::test]
async fn reserved_money_is_taken_or_let_go_and_a_state_may_be_stale() {
    let stage = Stage::new().await;
    let mut reserved = payment();
    reserved["preauth"] = json!(true);
    for (method, ended) in [("PUT", "PAID"), ("DELETE", "CANCELLED")] {
        let (_, answer) = call(&stage, "POST", "payment.json", reserved.clone()).await;
        let id = answer["transId"].as_str().expect("a number").to_owned();
        acts(&stage, &id, json!({ "act": "pay", "stale": 1 })).await;
        assert_eq!(status(&stage, &id).await, "PENDING");
        assert_eq!(status(&stage, &id).await, "AUTHORIZED");
        let path = format!("preauth/transId/{id}.json");
        assert_eq!(call(&stage, method, &path, Value::Null).await.0, 0);
        assert_eq!(status(&stage, &id).await, ended);
    }
}

/// The first version has forms, its credentials among the fields, and numbers as text.
#[tokio::test]
async fn the_first_version_speaks_in_forms() {
    let stage = Stage::new().await;
    let form = [
        ("merchant", "123456"),
        ("secret", SECRET),
        ("price", "14900"),
        ("curr", "CZK"),
        ("label", "x"),
        ("refId", "o-1"),
        ("method", "ALL"),
        ("prepareOnly", "true"),
    ];
    let url = stage.url("/comgate/v1.0/create");
    let made = stage
        .client
        .post(url)
        .form(&form)
        .send()
        .await
        .expect("an answer");
    let made = made.text().await.expect("text");
    assert!(made.starts_with("code=0&message=OK&transId="), "{made}");
    let id = made
        .split("transId=")
        .nth(1)
        .and_then(|rest| rest.split('&').next());
    let id = id.expect("a number");
    let path = format!("/comgate/v1.0/status?merchant=123456&secret={SECRET}&transId={id}");
    let state = stage
        .client
        .get(stage.url(&path))
        .send()
        .await
        .expect("an answer");
    let state = state.text().await.expect("text");
    assert!(
        state.contains("status=PENDING") && state.contains("price=14900"),
        "{state}"
    );
    let path = "/comgate/v1.0/status?merchant=123456&secret=another&transId=x";
    let state = stage
        .client
        .get(stage.url(path))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        state.text().await.expect("text"),
        "code=1301&message=unknown+e-shop"
    );
}

#[tokio::test]
async fn a_page_ends_when_its_time_is_over() {
    let stage = Stage::new().await;
    let mut body = payment();
    body["expirationTime"] = json!("0m");
    let (_, answer) = call(&stage, "POST", "payment.json", body).await;
    let id = answer["transId"].as_str().expect("a number");
    assert_eq!(status(&stage, id).await, "CANCELLED");
}
