//! Stripe's refunds and events.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{acts, call, opened, session};
use crate::stage::{Listener, Stage};

/// Gives back; status, and the number and state of the refund or the code of the fault.
async fn back(stage: &Stage, intent: &str, amount: &str, key: &str) -> (u16, Value) {
    let form = [("payment_intent", intent), ("amount", amount)];
    let (status, answer) = call(stage, "POST refunds", &form, key).await;
    let said = if status == 200 {
        &answer["status"]
    } else {
        &answer["error"]["code"]
    };
    (status, said.clone())
}

#[tokio::test]
async fn parts_go_back_until_nothing_is_left_and_a_refund_can_fail_after_it_has_succeeded() {
    let stage = Stage::new().await;
    let id = opened(&stage).await;
    acts(&stage, &id, json!({ "act": "pay" })).await;
    let intent = session(&stage, &id).await["payment_intent"]["id"]
        .as_str()
        .expect("a number")
        .to_owned();
    let sums = async |stage: &Stage| {
        let charge = session(stage, &id).await["payment_intent"]["latest_charge"].clone();
        (
            charge["amount_refunded"].clone(),
            charge["refunded"].clone(),
        )
    };
    assert_eq!(
        back(&stage, &intent, "100", "r-1").await,
        (200, json!("succeeded"))
    );
    assert_eq!(
        back(&stage, &intent, "100", "r-1").await,
        (200, json!("succeeded")),
        "the same once more"
    );
    assert_eq!(sums(&stage).await, (json!(100), json!(false)));
    // In the cabinet a part went back, of which the shop knows nothing.
    assert_eq!(
        acts(&stage, &id, json!({ "act": "refund", "amount": 50 })).await,
        200
    );
    assert_eq!(
        back(&stage, &intent, "199", "r-2").await,
        (400, json!("amount_too_large"))
    );
    assert_eq!(
        back(&stage, &intent, "149", "r-3").await,
        (200, json!("succeeded"))
    );
    assert_eq!(sums(&stage).await, (json!(299), json!(true)));
    assert_eq!(
        back(&stage, &intent, "1", "r-4").await,
        (400, json!("charge_already_refunded"))
    );
    assert_eq!(
        acts(&stage, &id, json!({ "act": "refund_fails" })).await,
        200
    );
    assert_eq!(sums(&stage).await, (json!(150), json!(false)));
    let (_, all) = call(
        &stage,
        "GET refunds",
        &[("payment_intent", intent.as_str())],
        "",
    )
    .await;
    let states: Vec<&Value> = all["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["status"])
        .collect();
    assert_eq!(states, ["failed", "succeeded", "succeeded"]);
    let debit = opened(&stage).await;
    acts(
        &stage,
        &debit,
        json!({ "act": "pay", "method": "sepa_debit" }),
    )
    .await;
    acts(&stage, &debit, json!({ "act": "arrives" })).await;
    let intent = session(&stage, &debit).await["payment_intent"]["id"].clone();
    let intent = intent.as_str().expect("a number");
    assert_eq!(
        back(&stage, intent, "299", "r-5").await,
        (200, json!("pending"))
    );
    assert_eq!(acts(&stage, &debit, json!({ "act": "dispute" })).await, 200);
}

/// The events of a stretch of a story, by their types.
async fn kinds(shop: &mut Listener, count: usize) -> Vec<String> {
    let mut kinds = Vec::new();
    for _ in 0..count {
        let event = shop.next().await.update;
        kinds.push(event["type"].as_str().expect("a type").to_owned());
    }
    kinds.sort_unstable();
    kinds
}

#[tokio::test]
async fn events_tell_the_story_and_the_same_once_more_has_other_numbers() {
    let stage = Stage::new().await;
    let mut shop = Listener::new().await;
    let endpoint = json!({ "endpoint": { "url": shop.url(), "api_version": "2025-09-30.clover" } });
    stage.send("PUT", "/control/stripe", endpoint).await;
    let id = opened(&stage).await;
    acts(&stage, &id, json!({ "act": "pay" })).await;
    let paid = [
        "charge.succeeded",
        "checkout.session.completed",
        "payment_intent.succeeded",
    ];
    assert_eq!(kinds(&mut shop, 3).await, paid);
    acts(&stage, &id, json!({ "act": "dispute" })).await;
    let disputed = ["charge.dispute.created", "charge.dispute.funds_withdrawn"];
    assert_eq!(kinds(&mut shop, 2).await, disputed);
    acts(&stage, &id, json!({ "act": "dispute_won" })).await;
    let won = ["charge.dispute.closed", "charge.dispute.funds_reinstated"];
    assert_eq!(kinds(&mut shop, 2).await, won);
    let known = stage.get("/control/stripe").await["events"].clone();
    assert_eq!(acts(&stage, &id, json!({ "act": "tell_again" })).await, 200);
    let mut again = BTreeMap::new();
    for _ in 0..7 {
        let event = shop.next().await.update;
        assert_eq!(event["api_version"], "2025-09-30.clover");
        let number = event["id"].as_str().expect("a number").to_owned();
        assert!(!known.to_string().contains(&number));
        again.insert(number, event["type"].clone());
    }
    assert_eq!(again.len(), 7);
}

#[tokio::test]
async fn an_event_is_signed_with_each_secret_and_comes_again_until_it_is_taken() {
    let stage = Stage::new().await;
    let mut shop = Listener::new().await;
    let endpoint = json!({ "endpoint": { "url": shop.url(), "old_secret": "whsec_old" } });
    stage.send("PUT", "/control/stripe", endpoint).await;
    shop.answers(500, "");
    let id = opened(&stage).await;
    let (status, _) = call(
        &stage,
        &format!("POST checkout/sessions/{id}/expire"),
        &[],
        "",
    )
    .await;
    assert_eq!(status, 200);
    let first = shop.next().await;
    let second = shop.next().await;
    assert_eq!(first.update, second.update);
    assert_eq!(first.update["type"], "checkout.session.expired");
    let header = second.signature.expect("a signature");
    let (time, signatures) = header.split_once(',').expect("fields");
    let time = time.strip_prefix("t=").expect("a time");
    let expected: Vec<String> = ["whsec_old", "whsec_sandbox"]
        .iter()
        .map(|secret| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
            mac.update(time.as_bytes());
            mac.update(b".");
            mac.update(&second.body);
            format!("v1={}", hex::encode(mac.finalize().into_bytes()))
        })
        .collect();
    assert_eq!(signatures, expected.join(","));
}
