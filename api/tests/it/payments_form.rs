//! Orders that a client pays with Stripe's form in its own page.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::{N8N_KEY, TestApp, World};

use crate::payments::{months_left, statuses};
use crate::payments_lost::{a_day_passes, expire};
use crate::payments_stripe::{app, becomes, end};

const CARD: (&str, &str) = ("payment_method", "pm_card_visa");

/// A payment that was begun.
async fn begun(app: &TestApp) -> anyhow::Result<Value> {
    let order = json!({ "tier": "BASIC", "currency": "EUR" });
    let answer = app.begins_form(&order, "").await?;
    assert_eq!(answer.status, 200, "{answer:?}");
    Ok(answer.body)
}

fn text<'a>(begun: &'a Value, name: &str) -> &'a str {
    begun[name].as_str().unwrap_or_default()
}

/// What Stripe or the bank does to it.
async fn does(app: &TestApp, begun: &Value, act: &str) -> anyhow::Result<()> {
    let id = text(begun, "payment_intent_id");
    app.at_stripe(id, &json!({ "act": act })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_in_the_form_becomes_a_plan_and_an_invoice() -> anyhow::Result<()> {
    let app = app().await?;
    let begun = begun(&app).await?;
    assert_eq!(begun["publishable_key"], "pk_test_sandbox");
    let intent = text(&begun, "payment_intent_id");
    assert!(intent.starts_with("pi_"), "{begun}");
    assert!(text(&begun, "client_secret").starts_with(&format!("{intent}_secret_")));
    assert_eq!(app.subscription().await?["tier"], "FREE");
    let (status, paid) = app.sends_form(&begun, &[CARD]).await?;
    assert_eq!(
        (status, &paid["status"]),
        (200, &json!("succeeded")),
        "{paid}"
    );
    let now = becomes(&app, "BASIC").await?;
    assert!(months_left(&now, 1), "{now}");
    let kept = format!(
        "SELECT count(*) AS count FROM payments JOIN invoices ON invoices.payment_id = payments.id
         WHERE payments.id = '{}' AND external_id = '{intent}' AND status = 'succeeded' AND total_minor = 299
           AND invoices.currency = payments.currency",
        text(&begun, "payment_id")
    );
    assert_eq!(app.count(&kept).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_an_intent_is_stored_nowhere() -> anyhow::Result<()> {
    let app = app().await?;
    let order = json!({ "tier": "BASIC", "currency": "EUR" });
    let begun = app.begins_form(&order, "form-1").await?.body;
    let secret = text(&begun, "client_secret");
    app.sends_form(&begun, &[CARD]).await?;
    becomes(&app, "BASIC").await?;
    for (table, words) in [
        ("webhook_inbox", "convert_from(coalesce(body, ''), 'UTF8')"),
        (
            "idempotency_keys",
            "convert_from(coalesce(body, ''), 'UTF8')",
        ),
        ("payments", "payments::text"),
        ("payment_reports", "payment_reports::text"),
        ("audit_logs", "audit_logs::text"),
    ] {
        let found = format!(
            "SELECT count(*) AS count FROM {table} WHERE position('{secret}' IN {words}) > 0"
        );
        assert_eq!(app.count(&found).await?, 0, "{table}");
    }
    assert!(!secret.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_goes_on_with_the_same_intent_until_it_is_paid() -> anyhow::Result<()> {
    let app = app().await?;
    let order = json!({ "tier": "BASIC", "currency": "EUR" });
    let first = app.begins_form(&order, "form-1").await?;
    let again = app.begins_form(&order, "form-1").await?;
    assert_eq!((again.status, &again.body), (200, &first.body));
    let other = json!({ "tier": "PREMIUM", "currency": "EUR" });
    let mixed = app.begins_form(&other, "form-1").await?;
    assert_eq!(mixed.refusal(), (422, "E604"));
    // A refusal of the bank ends nothing: the person tries another card.
    let declined = (
        "payment_method",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
    );
    let (status, _) = app.sends_form(&first.body, &[declined]).await?;
    assert_eq!(status, 402);
    end(&app, "failed", 1).await?;
    let path = format!("/v1/payments/{}", text(&first.body, "payment_id"));
    let shown = app.as_seven(Method::GET, &path, Value::Null).await?;
    assert_eq!(shown.body["error"]["code"], "E403", "{shown:?}");
    let third = app.begins_form(&order, "form-1").await?;
    assert_eq!((third.status, &third.body), (200, &first.body));
    app.sends_form(&third.body, &[CARD]).await?;
    becomes(&app, "BASIC").await?;
    assert_eq!(app.begins_form(&order, "form-1").await?.status, 409);
    assert_eq!(statuses(&app, "succeeded").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_that_was_cancelled_at_stripe_is_begun_anew_under_its_key()
-> anyhow::Result<()> {
    let app = app().await?;
    let order = json!({ "tier": "BASIC", "currency": "EUR" });
    let first = app.begins_form(&order, "form-1").await?;
    let declined = ("payment_method", "pm_card_chargeDeclined");
    app.sends_form(&first.body, &[declined]).await?;
    end(&app, "failed", 1).await?;
    does(&app, &first.body, "cancel").await?;
    let second = app.begins_form(&order, "form-1").await?;
    assert_eq!(second.status, 200, "{second:?}");
    for name in ["payment_id", "payment_intent_id"] {
        assert_ne!(text(&first.body, name), text(&second.body, name), "{name}");
    }
    app.sends_form(&second.body, &[CARD]).await?;
    becomes(&app, "BASIC").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_of_stripe_leads_to_no_second_intent() -> anyhow::Result<()> {
    let app = app().await?;
    let lost = json!({ "stripe": { "methods": { "payment_intents.create":
        { "lost_reply_rate": 1, "times": 1 } } } });
    app.world.faults(lost).await?;
    let order = json!({ "tier": "BASIC", "currency": "EUR" });
    let refused = app.begins_form(&order, "form-1").await?;
    assert_eq!(refused.refusal(), (503, "E404"));
    let begun = app.begins_form(&order, "form-1").await?;
    assert_eq!(begun.status, 200, "{begun:?}");
    let account = app.account_at_stripe().await?;
    assert_eq!(account["payment_intents"].as_array().map(Vec::len), Some(1));
    app.sends_form(&begun.body, &[CARD]).await?;
    becomes(&app, "BASIC").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debit_in_the_form_is_on_its_way_for_days_and_grants_when_it_arrives()
-> anyhow::Result<()> {
    let app = app().await?;
    let begun = begun(&app).await?;
    let debit = ("payment_method_data[type]", "sepa_debit");
    let (_, sent) = app.sends_form(&begun, &[debit]).await?;
    assert_eq!(sent["status"], "processing");
    let reported = "SELECT count(*) AS count FROM payment_reports WHERE status = 'processing'";
    eventually(async || Ok((app.count(reported).await? == 1).then_some(()))).await?;
    a_day_passes(&app).await?;
    expire(&app).await?;
    assert_eq!(app.subscription().await?["tier"], "FREE");
    assert_eq!(statuses(&app, "pending").await?, 1);
    does(&app, &begun, "arrives").await?;
    becomes(&app, "BASIC").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debit_that_bounces_after_days_is_refused_and_grants_nothing() -> anyhow::Result<()> {
    let app = app().await?;
    let begun = begun(&app).await?;
    app.sends_form(&begun, &[("payment_method_data[type]", "sepa_debit")])
        .await?;
    does(&app, &begun, "bounces").await?;
    end(&app, "failed", 1).await?;
    assert_eq!(app.subscription().await?["tier"], "FREE");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bank_has_to_confirm_grants_after_the_person_has() -> anyhow::Result<()> {
    let app = app().await?;
    for (fields, act) in [
        (
            vec![("payment_method", "pm_card_threeDSecure2Required")],
            "fail_authentication",
        ),
        (
            vec![
                ("payment_method_data[type]", "ideal"),
                ("return_url", "https://shop.example/paid"),
            ],
            "authenticate",
        ),
    ] {
        let begun = begun(&app).await?;
        let (_, asked) = app.sends_form(&begun, &fields).await?;
        assert_eq!(asked["status"], "requires_action", "{asked}");
        let page = &asked["next_action"]["redirect_to_url"]["url"];
        assert!(page.as_str().is_some_and(|page| page.contains("/pay/pi_")));
        assert_eq!(app.subscription().await?["tier"], "FREE");
        does(&app, &begun, act).await?;
    }
    becomes(&app, "BASIC").await?;
    end(&app, "failed", 1).await?;
    let why = "SELECT count(*) AS count FROM payments WHERE error_code = 'E408'";
    assert_eq!(app.count(why).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_form_that_come_twice_and_in_any_order_grant_once() -> anyhow::Result<()> {
    let app = app().await?;
    let faults = json!({ "webhook": { "methods": { "stripe":
        { "duplicate_rate": 1, "reorder": true, "lost_reply_rate": 0.5 } } } });
    app.world.faults(faults).await?;
    let begun = begun(&app).await?;
    app.sends_form(&begun, &[CARD]).await?;
    becomes(&app, "BASIC").await?;
    app.world.no_faults().await?;
    does(&app, &begun, "tell_again").await?;
    let seen = "SELECT count(*) AS count FROM payment_reports WHERE status = 'paid' AND seen >= 2";
    eventually(async || Ok((app.count(seen).await? == 1).then_some(()))).await?;
    assert!(months_left(&app.subscription().await?, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_whose_events_are_lost_is_asked_for() -> anyhow::Result<()> {
    // Stripe knows no endpoint.
    let app = TestApp::start().await?;
    let begun = begun(&app).await?;
    app.sends_form(&begun, &[CARD]).await?;
    let path = format!("/v1/payments/{}", text(&begun, "payment_id"));
    let call = app
        .request(Method::GET, &path)
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", "7")
        .header("Prefer", "wait=3");
    let shown: Value = call.send().await?.json().await?;
    assert_eq!(shown["status"], "succeeded", "{shown}");
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_back_or_is_disputed_of_a_form_is_as_of_a_page() -> anyhow::Result<()> {
    let app = app().await?;
    let paid = begun(&app).await?;
    app.sends_form(&paid, &[CARD]).await?;
    becomes(&app, "BASIC").await?;
    does(&app, &paid, "refund").await?;
    becomes(&app, "FREE").await?;
    end(&app, "refunded", 1).await?;
    let disputed = begun(&app).await?;
    app.sends_form(&disputed, &[CARD]).await?;
    becomes(&app, "BASIC").await?;
    does(&app, &disputed, "dispute").await?;
    let held = "SELECT count(*) AS count FROM payment_reports WHERE status LIKE 'disputed %'";
    eventually(async || Ok((app.count(held).await? == 1).then_some(()))).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    does(&app, &disputed, "dispute_lost").await?;
    becomes(&app, "FREE").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_telegram_and_without_a_publishable_key_there_is_no_form() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("STRIPE_PUBLISHABLE_KEY", "");
    let app = TestApp::start_in(world).await?;
    let order = json!({ "tier": "BASIC" });
    let none = app.begins_form(&order, "").await?;
    assert_eq!(none.refusal(), (400, "E404"));
    let inside = app.world.chat(7).init_data().await?;
    for path in ["/v1/payments/intents", "/api/payments"] {
        let told = app
            .as_person(&inside, Method::POST, path, Some(order.clone()))
            .await?;
        assert_eq!(told.refusal(), (403, "E405"), "{path}");
    }
    let nothing = "SELECT count(*) AS count FROM payments";
    assert_eq!(app.count(nothing).await?, 0);
    Ok(())
}
