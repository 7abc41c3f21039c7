//! Stripe's form, confirmed by the publishable key, and its page for customers.

use serde_json::{Value, json};

use super::{acts, call};
use crate::stage::Stage;

const INTENT: [(&str, &str); 6] = [
    ("amount", "299"),
    ("currency", "eur"),
    ("payment_method_types[]", "card"),
    ("payment_method_types[]", "sepa_debit"),
    ("payment_method_types[]", "ideal"),
    ("metadata[payment]", "o-1"),
];

async fn begun(stage: &Stage) -> (String, String) {
    let (status, intent) = call(stage, "POST payment_intents", &INTENT, "").await;
    assert_eq!(
        (status, &intent["status"]),
        (200, &json!("requires_payment_method")),
        "{intent}"
    );
    let text = |name: &str| intent[name].as_str().expect("text").to_owned();
    (text("id"), text("client_secret"))
}

/// As Stripe's script sends it: the key and the secret stand in the form.
async fn sends(stage: &Stage, id: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let url = stage.url(&format!("/stripe/v1/payment_intents/{id}/confirm"));
    let response = stage.client.post(url).form(form).send().await;
    let response = response.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

#[tokio::test]
async fn a_form_is_confirmed_with_the_publishable_key_and_the_secret_of_its_intent() {
    let stage = Stage::new().await;
    let (id, secret) = begun(&stage).await;
    let key = ("key", "pk_test_sandbox");
    let visa = ("payment_method", "pm_card_visa");
    for form in [
        vec![key, visa],
        vec![key, ("client_secret", "x"), visa],
        vec![("key", "pk_test_other"), ("client_secret", &secret), visa],
    ] {
        assert_eq!(sends(&stage, &id, &form).await.0, 401, "{form:?}");
    }
    let known = [key, ("client_secret", secret.as_str())];
    let declined = [&known[..], &[("payment_method", "pm_card_chargeDeclined")]].concat();
    let (status, refused) = sends(&stage, &id, &declined).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (402, &json!("card_declined"))
    );
    let (status, paid) = sends(&stage, &id, &[&known[..], &[visa]].concat()).await;
    assert_eq!(
        (status, &paid["status"]),
        (200, &json!("succeeded")),
        "{paid}"
    );
    assert_eq!(acts(&stage, &id, json!({ "act": "pay" })).await, 409);
    assert_eq!(acts(&stage, &id, json!({ "act": "refund" })).await, 200);
}

#[tokio::test]
async fn a_debit_is_on_its_way_and_a_bank_asks_at_its_page() {
    let stage = Stage::new().await;
    let (id, secret) = begun(&stage).await;
    let known = [
        ("key", "pk_test_sandbox"),
        ("client_secret", secret.as_str()),
    ];
    let ideal = ("payment_method_data[type]", "ideal");
    let back = ("return_url", "https://shop.example/paid");
    assert_eq!(
        sends(&stage, &id, &[&known[..], &[ideal]].concat()).await.0,
        400
    );
    let (_, asks) = sends(&stage, &id, &[&known[..], &[ideal, back]].concat()).await;
    assert_eq!(asks["status"], "requires_action", "{asks}");
    let page = asks["next_action"]["redirect_to_url"]["url"].as_str();
    let page = page.expect("an address");
    let shown = stage.client.get(page).send().await.expect("an answer");
    assert!(shown.text().await.expect("text").contains("2.99 EUR"));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let pressed = client.no_proxy().build().expect("a client").post(page);
    let pressed = pressed.form(&[("act", "authenticate")]).send().await;
    let pressed = pressed.expect("an answer");
    assert_eq!(pressed.headers()["location"], "https://shop.example/paid");
    let (other, _) = begun(&stage).await;
    let debit = json!({ "act": "pay", "method": "sepa_debit" });
    assert_eq!(acts(&stage, &other, debit).await, 200);
    let line = format!("GET payment_intents/{other}");
    let (_, begun) = call(&stage, &line, &[], "").await;
    assert_eq!(begun["status"], "processing");
    assert_eq!(acts(&stage, &other, json!({ "act": "bounces" })).await, 200);
    let (_, bounced) = call(&stage, &line, &[], "").await;
    assert_eq!(bounced["status"], "requires_payment_method");
}

#[tokio::test]
async fn a_customer_adds_chooses_and_removes_at_the_page() {
    let stage = Stage::new().await;
    let (_, customer) = call(&stage, "POST customers", &[("email", "a@example.com")], "").await;
    let id = customer["id"].as_str().expect("a number");
    let wanted = [("customer", id), ("return_url", "https://shop.example/")];
    let (status, page) = call(&stage, "POST billing_portal/sessions", &wanted, "").await;
    assert_eq!(status, 200, "{page}");
    let number = page["id"].as_str().expect("a number");
    for act in ["add", "add:sepa_debit", "choose"] {
        assert_eq!(acts(&stage, number, json!({ "act": act })).await, 200);
    }
    let line = format!("GET customers/{id}/payment_methods");
    let (_, all) = call(&stage, &line, &[], "").await;
    let kinds: Vec<&Value> = all["data"].as_array().expect("a list").iter().collect();
    assert_eq!(
        (&kinds[0]["type"], &kinds[1]["card"]["last4"]),
        (&json!("sepa_debit"), &json!("4444"))
    );
    let shown = format!("GET customers/{id}");
    let (_, after) = call(&stage, &shown, &[], "").await;
    let chosen = &after["invoice_settings"]["default_payment_method"];
    assert_eq!(*chosen, kinds[0]["id"]);
    let url = page["url"].as_str().expect("an address");
    let html = stage.client.get(url).send().await.expect("an answer");
    let html = html.text().await.expect("text");
    assert!(html.contains("Remove card 4444"), "{html}");
    let remove = json!({ "act": "remove", "method": chosen });
    assert_eq!(acts(&stage, number, remove).await, 200);
    let (_, after) = call(&stage, &shown, &[], "").await;
    assert_eq!(
        after["invoice_settings"]["default_payment_method"],
        Value::Null
    );
    let told = [("type", "payment_method.detached")];
    let (_, events) = call(&stage, "GET events", &told, "").await;
    assert_eq!(
        events["data"][0]["data"]["previous_attributes"]["customer"],
        id
    );
}
