//! Stripe's charges without a page, of what a session has kept.

use serde_json::{Value, json};

use super::{SESSION, acts, call, session};
use crate::stage::{Listener, Stage};

/// A session that was paid and has kept what it was paid with: its number, the customer and the means of payment.
async fn kept(stage: &Stage, method: &str) -> (String, String, String) {
    let mut form = SESSION.to_vec();
    form.push(("customer_creation", "always"));
    form.push(("payment_intent_data[setup_future_usage]", "off_session"));
    let (status, opened) = call(stage, "POST checkout/sessions", &form, "").await;
    assert_eq!(status, 200, "{opened}");
    let id = opened["id"].as_str().expect("a number").to_owned();
    let pay = json!({ "act": "pay", "method": method });
    assert_eq!(acts(stage, &id, pay).await, 200);
    let paid = session(stage, &id).await;
    let intent = &paid["payment_intent"];
    assert_eq!(intent["setup_future_usage"], "off_session");
    assert_eq!(intent["customer"], paid["customer"]);
    let text = |value: &Value| value.as_str().expect("a number").to_owned();
    (id, text(&paid["customer"]), text(&intent["payment_method"]))
}

/// A charge of what was kept.
async fn charge(stage: &Stage, customer: &str, method: &str, key: &str) -> (u16, Value) {
    let form = [
        ("amount", "299"),
        ("currency", "eur"),
        ("customer", customer),
        ("payment_method", method),
        ("off_session", "true"),
        ("confirm", "true"),
        ("metadata[payment]", "o-2"),
        ("expand[]", "latest_charge"),
        ("payment_method_types[]", "card"),
        ("payment_method_types[]", "sepa_debit"),
    ];
    call(stage, "POST payment_intents", &form, key).await
}

#[tokio::test]
async fn a_card_that_a_session_has_kept_is_charged_once_for_each_key() {
    let stage = Stage::new().await;
    let (_, customer, method) = kept(&stage, "card").await;
    let (status, paid) = charge(&stage, &customer, &method, "k-1").await;
    assert_eq!(
        (status, &paid["status"]),
        (200, &json!("succeeded")),
        "{paid}"
    );
    let card = &paid["latest_charge"]["payment_method_details"]["card"];
    assert_eq!(
        (&card["last4"], &card["exp_year"]),
        (&json!("4242"), &json!(2034))
    );
    assert_eq!(charge(&stage, &customer, &method, "k-1").await.1, paid);
    let (_, list) = call(&stage, "GET payment_intents", &[("limit", "10")], "").await;
    assert_eq!(list["data"].as_array().expect("a list").len(), 2);
    let found = format!(
        "GET payment_intents/{}",
        paid["id"].as_str().expect("a number")
    );
    assert_eq!(
        call(&stage, &found, &[], "").await.1["metadata"]["payment"],
        "o-2"
    );
    let shown = format!("GET payment_methods/{method}");
    assert_eq!(
        call(&stage, &shown, &[], "").await.1["card"]["brand"],
        "visa"
    );
}

#[tokio::test]
async fn a_decline_is_the_answer_of_its_key_and_is_told() {
    let stage = Stage::new().await;
    let (first, customer, method) = kept(&stage, "card").await;
    for code in [
        "insufficient_funds",
        "expired_card",
        "authentication_required",
    ] {
        let act = json!({ "act": "charges_declined", "code": code });
        assert_eq!(acts(&stage, &first, act).await, 200);
        let (status, refused) = charge(&stage, &customer, &method, code).await;
        assert_eq!(status, 402, "{refused}");
        let error = &refused["error"];
        assert!(
            [&error["code"], &error["decline_code"]].contains(&&json!(code)),
            "{error}"
        );
        let intent = &error["payment_intent"];
        assert_eq!(
            (&intent["status"], &intent["metadata"]["payment"]),
            (&json!("requires_payment_method"), &json!("o-2"))
        );
        assert_eq!(
            charge(&stage, &customer, &method, code).await,
            (402, refused.clone())
        );
    }
    acts(&stage, &first, json!({ "act": "charges_pass" })).await;
    assert_eq!(charge(&stage, &customer, &method, "k-9").await.0, 200);
    let events = stage.get("/control/stripe").await["events"].clone();
    let failed = events.as_array().expect("a list").iter();
    let failed = failed.filter(|one| one["type"] == "payment_intent.payment_failed");
    assert_eq!(failed.count(), 3);
}

#[tokio::test]
async fn a_debit_is_charged_later_and_its_end_is_told() {
    let stage = Stage::new().await;
    let (first, customer, method) = kept(&stage, "sepa_debit").await;
    assert_eq!(acts(&stage, &first, json!({ "act": "arrives" })).await, 200);
    let mut shop = Listener::new().await;
    let endpoint = json!({ "endpoint": { "url": shop.url() } });
    stage.send("PUT", "/control/stripe", endpoint).await;
    for (act, kind, status) in [
        ("arrives", "payment_intent.succeeded", "succeeded"),
        (
            "bounces",
            "payment_intent.payment_failed",
            "requires_payment_method",
        ),
    ] {
        let (_, made) = charge(&stage, &customer, &method, act).await;
        assert_eq!(made["status"], "processing", "{made}");
        assert_eq!(
            shop.next().await.update["type"],
            "payment_intent.processing"
        );
        let id = made["id"].as_str().expect("a number");
        assert_eq!(acts(&stage, id, json!({ "act": act })).await, 200);
        let told = [shop.next().await.update, shop.next().await.update];
        assert!(told.iter().any(|one| one["type"] == kind), "{told:?}");
        let line = format!("GET payment_intents/{id}");
        assert_eq!(call(&stage, &line, &[], "").await.1["status"], status);
        assert_eq!(
            acts(&stage, id, json!({ "act": act })).await,
            409,
            "it is over"
        );
    }
}

#[tokio::test]
async fn what_is_detached_or_of_another_customer_is_not_charged() {
    let stage = Stage::new().await;
    let (_, customer, method) = kept(&stage, "card").await;
    let (_, other, _) = kept(&stage, "card").await;
    assert_eq!(charge(&stage, &other, &method, "k-1").await.0, 400);
    let line = format!("POST payment_methods/{method}/detach");
    let (status, gone) = call(&stage, &line, &[], "").await;
    assert_eq!((status, &gone["customer"]), (200, &Value::Null));
    assert_eq!(call(&stage, &line, &[], "").await.0, 400);
    assert_eq!(charge(&stage, &customer, &method, "k-2").await.0, 400);
    let nothing = call(&stage, "POST payment_methods/pm_no/detach", &[], "").await;
    assert_eq!(nothing.0, 404);
}
