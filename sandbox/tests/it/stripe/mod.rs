//! Stripe: its API as its own clients use it, and its page.

mod charges;
mod events;
mod forms;

use serde_json::{Value, json};

use crate::stage::Stage;

const KEY: &str = "sk_test_sandbox";

/// A call of the API; its status, its body, and a header of it.
async fn call(stage: &Stage, line: &str, form: &[(&str, &str)], key: &str) -> (u16, Value) {
    let (method, path) = line.split_once(' ').expect("a line");
    let url = stage.url(&format!("/stripe/v1/{path}"));
    let mut call = stage.client.request(method.parse().expect("a verb"), url);
    call = call
        .bearer_auth(KEY)
        .header("Stripe-Version", "2026-10-28.endive");
    if !key.is_empty() {
        call = call.header("Idempotency-Key", key);
    }
    call = match method {
        "GET" => call.query(form),
        _ => call.form(form),
    };
    let response = call.send().await.expect("an answer");
    let status = response.status().as_u16();
    assert!(response.headers().contains_key("request-id"), "{line}");
    (status, response.json().await.expect("JSON"))
}

/// A session for 2.99 euros.
const SESSION: [(&str, &str); 11] = [
    ("mode", "payment"),
    (
        "success_url",
        "https://shop.example/paid?s={CHECKOUT_SESSION_ID}",
    ),
    ("line_items[0][quantity]", "1"),
    ("line_items[0][price_data][currency]", "eur"),
    ("line_items[0][price_data][unit_amount]", "299"),
    ("line_items[0][price_data][product_data][name]", "A plan"),
    ("payment_method_types[0]", "card"),
    ("payment_method_types[1]", "sepa_debit"),
    ("client_reference_id", "o-1"),
    ("metadata[payment]", "o-1"),
    ("payment_intent_data[metadata][payment]", "o-1"),
];

async fn opened(stage: &Stage) -> String {
    let (status, session) = call(stage, "POST checkout/sessions", &SESSION, "").await;
    assert_eq!(status, 200, "{session}");
    session["id"].as_str().expect("a number").to_owned()
}

async fn acts(stage: &Stage, id: &str, act: Value) -> u16 {
    let path = format!("/control/stripe/{id}");
    stage.send("POST", &path, act).await.0
}

async fn session(stage: &Stage, id: &str) -> Value {
    let expand = [("expand[]", "payment_intent.latest_charge")];
    let line = format!("GET checkout/sessions/{id}");
    let (status, session) = call(stage, &line, &expand, "").await;
    assert_eq!(status, 200, "{session}");
    session
}

fn states(session: &Value) -> (&Value, &Value, &Value) {
    let intent = &session["payment_intent"];
    (
        &session["status"],
        &session["payment_status"],
        &intent["status"],
    )
}

#[tokio::test]
async fn a_session_is_paid_by_card_at_its_page() {
    let stage = Stage::new().await;
    let id = opened(&stage).await;
    let before = session(&stage, &id).await;
    assert_eq!(
        states(&before),
        (&json!("open"), &json!("unpaid"), &Value::Null)
    );
    let page = before["url"].as_str().expect("an address").to_owned();
    let shown = stage.client.get(&page).send().await.expect("an answer");
    assert!(shown.text().await.expect("text").contains("2.99 EUR"));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let pressed = client.no_proxy().build().expect("a client").post(&page);
    let left = pressed
        .form(&[("act", "pay")])
        .send()
        .await
        .expect("an answer");
    let to = left.headers()["location"].to_str().expect("text");
    assert_eq!(to, format!("https://shop.example/paid?s={id}"));
    let after = session(&stage, &id).await;
    assert_eq!(
        states(&after),
        (&json!("complete"), &json!("paid"), &json!("succeeded"))
    );
    let charge = &after["payment_intent"]["latest_charge"];
    assert_eq!(
        (&charge["amount"], &charge["metadata"]["payment"]),
        (&json!(299), &json!("o-1"))
    );
    let hidden = after.to_string();
    assert!(!hidden.contains("\"_"), "{hidden}");
    assert_eq!(acts(&stage, &id, json!({ "act": "pay" })).await, 409);
    let found = [(
        "payment_intent",
        after["payment_intent"]["id"].as_str().expect("a number"),
    )];
    let (_, list) = call(&stage, "GET checkout/sessions", &found, "").await;
    assert_eq!(
        (&list["object"], &list["data"][0]["id"]),
        (&json!("list"), &json!(id))
    );
}

#[tokio::test]
async fn a_debit_takes_its_time_and_a_card_may_be_tried_again() {
    let stage = Stage::new().await;
    for (act, paid, intent) in [
        ("arrives", "paid", "succeeded"),
        ("bounces", "unpaid", "requires_payment_method"),
    ] {
        let id = opened(&stage).await;
        assert_eq!(
            acts(
                &stage,
                &id,
                json!({ "act": "decline", "code": "expired_card" })
            )
            .await,
            200
        );
        let declined = session(&stage, &id).await;
        let fault = &declined["payment_intent"]["last_payment_error"];
        assert_eq!(
            (&declined["status"], &fault["code"]),
            (&json!("open"), &json!("expired_card"))
        );
        assert_eq!(
            acts(&stage, &id, json!({ "act": "pay", "method": "sepa_debit" })).await,
            200
        );
        let begun = session(&stage, &id).await;
        assert_eq!(
            states(&begun),
            (&json!("complete"), &json!("unpaid"), &json!("processing"))
        );
        assert_eq!(acts(&stage, &id, json!({ "act": act })).await, 200);
        let ended = session(&stage, &id).await;
        assert_eq!(
            states(&ended),
            (&json!("complete"), &json!(paid), &json!(intent))
        );
        assert_eq!(
            ended["payment_intent"]["id"], declined["payment_intent"]["id"],
            "one intent a session"
        );
    }
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_and_no_other_request() {
    let stage = Stage::new().await;
    let (_, first) = call(&stage, "POST checkout/sessions", &SESSION, "k-1").await;
    let (status, again) = call(&stage, "POST checkout/sessions", &SESSION, "k-1").await;
    assert_eq!((status, &again), (200, &first));
    let other = SESSION.map(|(name, value)| match name {
        "line_items[0][price_data][unit_amount]" => (name, "300"),
        _ => (name, value),
    });
    let (status, refused) = call(&stage, "POST checkout/sessions", &other, "k-1").await;
    assert_eq!(
        (status, &refused["error"]["type"]),
        (400, &json!("idempotency_error"))
    );
    // What was refused for its form is not kept.
    let (status, refused) = call(&stage, "POST checkout/sessions", &SESSION[1..], "k-2").await;
    assert_eq!((status, &refused["error"]["param"]), (400, &json!("mode")));
    assert_eq!(
        call(&stage, "POST checkout/sessions", &SESSION, "k-2")
            .await
            .0,
        200
    );
    // The effect has happened, and the answer was lost.
    let lost = json!({ "stripe": { "methods": { "checkout.sessions.create": { "lost_reply_rate": 1, "times": 1 } } } });
    stage.faults(lost).await;
    let cut = stage.client.post(stage.url("/stripe/v1/checkout/sessions"));
    let cut = cut
        .bearer_auth(KEY)
        .header("Idempotency-Key", "k-3")
        .form(&SESSION);
    assert!(cut.send().await.is_err());
    assert_eq!(
        call(&stage, "POST checkout/sessions", &SESSION, "k-3")
            .await
            .0,
        200
    );
    let all = stage.get("/control/stripe").await;
    assert_eq!(all["sessions"].as_array().expect("a list").len(), 3);
    let (status, _) = stage
        .send("PUT", "/control/stripe", json!({ "forget_keys": true }))
        .await;
    assert_eq!(status, 200);
    let (_, anew) = call(&stage, "POST checkout/sessions", &SESSION, "k-1").await;
    assert_ne!(anew["id"], first["id"]);
}

#[tokio::test]
async fn a_key_that_is_at_work_is_in_use() {
    let stage = Stage::new().await;
    let slow =
        json!({ "stripe": { "methods": { "checkout.sessions.create": { "latency_ms": 300 } } } });
    stage.faults(slow).await;
    let twice = || call(&stage, "POST checkout/sessions", &SESSION, "k-1");
    let (one, other) = tokio::join!(twice(), twice());
    let mut both = [one, other];
    both.sort_by_key(|(status, _)| *status);
    assert_eq!((both[0].0, both[1].0), (200, 409));
    assert_eq!(both[1].1["error"]["code"], "idempotency_key_in_use");
}

#[tokio::test]
async fn refusals_have_stripes_form() {
    let stage = Stage::new().await;
    let changed = |field: &'static str, to: &'static str| {
        SESSION.map(|(name, value)| {
            if name == field {
                (name, to)
            } else {
                (name, value)
            }
        })
    };
    let currency = "line_items[0][price_data][currency]";
    let amount = "line_items[0][price_data][unit_amount]";
    for (form, code, param) in [
        (changed("mode", "subscription"), Value::Null, json!("mode")),
        (
            changed(amount, "2.99"),
            json!("parameter_invalid_integer"),
            json!(amount),
        ),
        (
            changed(amount, "10"),
            json!("amount_too_small"),
            Value::Null,
        ),
        (
            changed(currency, "usd"),
            Value::Null,
            json!("payment_method_types"),
        ),
        (
            changed("payment_method_types[0]", "cash"),
            Value::Null,
            json!("payment_method_types"),
        ),
        (
            changed("success_url", ""),
            json!("parameter_missing"),
            json!("success_url"),
        ),
    ] {
        let (status, refused) = call(&stage, "POST checkout/sessions", &form, "").await;
        let error = &refused["error"];
        assert_eq!(
            (status, &error["type"]),
            (400, &json!("invalid_request_error"))
        );
        assert_eq!(
            (&error["code"], &error["param"]),
            (&code, &param),
            "{error}"
        );
    }
    let mut unknown = SESSION;
    unknown[8].0 = "clientReferenceId";
    let (_, refused) = call(&stage, "POST checkout/sessions", &unknown, "").await;
    assert_eq!(refused["error"]["code"], "parameter_unknown");
    let (status, refused) = call(&stage, "GET checkout/sessions/cs_test_no", &[], "").await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (404, &json!("resource_missing"))
    );
    assert_eq!(call(&stage, "GET customers", &[], "").await.0, 404);
    let url = stage.url("/stripe/v1/refunds");
    for call in [
        stage.client.get(&url),
        stage.client.get(&url).bearer_auth("sk_test_wrong_1234"),
    ] {
        let response = call.send().await.expect("an answer");
        assert_eq!(response.status(), 401);
        let text = response.text().await.expect("text");
        assert!(!text.contains("sk_test_wrong"), "{text}");
    }
    let basic = stage.client.get(&url).basic_auth(KEY, Some(""));
    assert_eq!(basic.send().await.expect("an answer").status(), 200);
    let limited = json!({ "stripe": { "rate_limit": { "retry_after": 3 } } });
    stage.faults(limited).await;
    let response = stage
        .client
        .get(&url)
        .bearer_auth(KEY)
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (429, &"3".parse().expect("text"))
    );
}

#[tokio::test]
async fn lists_have_pages_newest_first() {
    let stage = Stage::new().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.insert(0, opened(&stage).await);
    }
    let (_, first) = call(&stage, "GET checkout/sessions", &[("limit", "2")], "").await;
    let named = |list: &Value| -> Vec<String> {
        let data = list["data"].as_array().expect("a list").iter();
        data.map(|one| one["id"].as_str().expect("a number").to_owned())
            .collect()
    };
    assert_eq!(
        (named(&first), &first["has_more"]),
        (ids[..2].to_vec(), &json!(true))
    );
    let after = [("limit", "2"), ("starting_after", ids[1].as_str())];
    let (_, rest) = call(&stage, "GET checkout/sessions", &after, "").await;
    assert_eq!(
        (named(&rest), &rest["has_more"]),
        (ids[2..].to_vec(), &json!(false))
    );
    let (_, none) = call(
        &stage,
        "GET checkout/sessions",
        &[("created[gte]", "9999999999")],
        "",
    )
    .await;
    assert_eq!(named(&none).len(), 0);
    assert_eq!(
        call(&stage, "GET checkout/sessions", &[("limit", "101")], "")
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn reads_may_be_out_of_date_after_a_change() {
    let stage = Stage::new().await;
    let id = opened(&stage).await;
    acts(&stage, &id, json!({ "act": "pay" })).await;
    stage
        .send("PUT", "/control/stripe", json!({ "stale_reads": 2 }))
        .await;
    for expected in ["open", "open", "complete"] {
        assert_eq!(session(&stage, &id).await["status"], expected);
    }
}

#[tokio::test]
async fn a_restart_keeps_the_account_and_a_reset_clears_it() {
    let mut stage = Stage::new().await;
    stage.restart().await;
    let id = opened(&stage).await;
    stage.restart().await;
    assert_eq!(session(&stage, &id).await["status"], "open");
    stage.send("POST", "/control/reset", json!({})).await;
    assert_eq!(stage.get("/control/stripe").await["sessions"], json!([]));
}
