//! Stripe's page at which people change what is kept of them, and what follows here.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::TestApp;
use world::app::Answer;

use crate::payments_stripe::{app, becomes};

const VISA: &str = "Visa •• 4242";
const MASTERCARD: &str = "Mastercard •• 4444";

/// Person 7 has bought a plan that renews, with a card in Stripe's form.
async fn renewing() -> anyhow::Result<TestApp> {
    let app = app().await?;
    let order = json!({ "tier": "BASIC", "currency": "EUR", "renew": true });
    let begun = app.begins_form(&order, "").await?;
    assert_eq!(begun.status, 200, "{begun:?}");
    let card = ("payment_method", "pm_card_visa");
    app.sends_form(&begun.body, &[card]).await?;
    becomes(&app, "BASIC").await?;
    has(&app, &[VISA]).await?;
    Ok(app)
}

async fn portal(app: &TestApp, body: Value) -> anyhow::Result<Answer> {
    app.as_seven(Method::POST, "/v1/billing/portal", body).await
}

/// The address of the page of person 7.
async fn page(app: &TestApp) -> anyhow::Result<String> {
    let opened = portal(app, json!({})).await?;
    assert_eq!(opened.status, 200, "{opened:?}");
    let url = opened.body["url"].as_str().unwrap_or_default();
    assert!(url.contains("/portal/bps_"), "{url}");
    Ok(url.to_owned())
}

async fn does(app: &TestApp, page: &str, act: &str) -> anyhow::Result<()> {
    app.at_stripe(page, &json!({ "act": act })).await
}

async fn methods(app: &TestApp) -> anyhow::Result<Vec<Value>> {
    let path = "/v1/payment-methods";
    let all = app.as_seven(Method::GET, path, Value::Null).await?;
    let all = all.body["payment_methods"].as_array().cloned();
    Ok(all.unwrap_or_default())
}

/// Waits until these are kept, the oldest first.
async fn has(app: &TestApp, labels: &[&str]) -> anyhow::Result<()> {
    eventually(async || {
        let all = methods(app).await?;
        let kept: Vec<&str> = all.iter().filter_map(|one| one["label"].as_str()).collect();
        Ok((kept == labels).then_some(()))
    })
    .await
}

/// Waits until the subscription is charged to this; `None`: it is cancelled.
async fn is_charged_to(app: &TestApp, label: Option<&str>) -> anyhow::Result<()> {
    eventually(async || {
        let path = "/v1/subscriptions";
        let all = app.as_seven(Method::GET, path, Value::Null).await?;
        let renewal = &all.body["subscriptions"][0]["renewal"];
        let state = if label.is_some() {
            "active"
        } else {
            "canceled"
        };
        let is_so =
            renewal["state"] == state && renewal["payment_method"]["label"].as_str() == label;
        Ok(is_so.then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_added_chosen_and_removed_at_stripes_page_is_so_here() -> anyhow::Result<()> {
    let app = renewing().await?;
    is_charged_to(&app, Some(VISA)).await?;
    let page = page(&app).await?;
    does(&app, &page, "add").await?;
    has(&app, &[VISA, MASTERCARD]).await?;
    is_charged_to(&app, Some(VISA)).await?;
    does(&app, &page, "choose").await?;
    is_charged_to(&app, Some(MASTERCARD)).await?;
    let all = methods(&app).await?;
    assert_eq!(
        (&all[0]["is_default"], &all[1]["is_default"]),
        (&json!(false), &json!(true))
    );
    does(&app, &page, "remove").await?;
    has(&app, &[MASTERCARD]).await?;
    is_charged_to(&app, Some(MASTERCARD)).await?;
    does(&app, &page, "reissue").await?;
    eventually(async || {
        let all = methods(&app).await?;
        Ok((all[0]["expires_on"] == "2038-06-30").then_some(()))
    })
    .await?;
    does(&app, &page, "remove").await?;
    has(&app, &[]).await?;
    is_charged_to(&app, None).await?;
    assert_eq!(app.subscription().await?["tier"], "BASIC", "it is paid for");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_that_is_charged_is_removed_and_another_one_takes_its_place() -> anyhow::Result<()>
{
    let app = renewing().await?;
    let page = page(&app).await?;
    does(&app, &page, "add").await?;
    has(&app, &[VISA, MASTERCARD]).await?;
    does(&app, &page, "remove").await?;
    has(&app, &[MASTERCARD]).await?;
    is_charged_to(&app, Some(MASTERCARD)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_whose_token_cannot_be_opened_is_left_alone_and_holds_up_no_other()
-> anyhow::Result<()> {
    let app = renewing().await?;
    let page = page(&app).await?;
    does(&app, &page, "add").await?;
    has(&app, &[VISA, MASTERCARD]).await?;
    let lost = format!("UPDATE payment_methods SET key_id = 'lost' WHERE label = '{VISA}'");
    app.sql(&lost).await?;
    does(&app, &page, "choose").await?;
    is_charged_to(&app, Some(MASTERCARD)).await?;
    has(&app, &[VISA, MASTERCARD]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_the_page_that_come_twice_and_in_any_order_end_the_same() -> anyhow::Result<()> {
    let app = renewing().await?;
    let page = page(&app).await?;
    let faults = json!({ "webhook": { "methods": { "stripe":
        { "duplicate_rate": 1, "reorder": true, "lost_reply_rate": 0.5 } } } });
    app.world.faults(faults).await?;
    for act in ["add", "choose", "remove"] {
        does(&app, &page, act).await?;
    }
    has(&app, &[MASTERCARD]).await?;
    is_charged_to(&app, Some(MASTERCARD)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_removed_here_does_not_come_back_before_stripe_has_forgotten_it()
-> anyhow::Result<()> {
    let app = renewing().await?;
    let page = page(&app).await?;
    does(&app, &page, "add").await?;
    has(&app, &[VISA, MASTERCARD]).await?;
    let all = methods(&app).await?;
    let id = all[0]["id"].as_str().unwrap_or_default();
    let path = format!("/v1/payment-methods/{id}");
    let removed = app.as_seven(Method::DELETE, &path, Value::Null).await?;
    assert_eq!(removed.status, 200, "{removed:?}");
    // No worker has told Stripe; it tells us of the other one.
    does(&app, &page, "reissue").await?;
    eventually(async || {
        let all = methods(&app).await?;
        let is_new = all.iter().any(|one| one["expires_on"] == "2038-06-30");
        Ok(is_new.then_some(()))
    })
    .await?;
    has(&app, &[MASTERCARD]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_what_stripe_says_of_customers_nothing_is_kept_but_a_sealed_number() -> anyhow::Result<()>
{
    let app = renewing().await?;
    let page = page(&app).await?;
    for act in ["add", "choose", "remove"] {
        does(&app, &page, act).await?;
    }
    has(&app, &[MASTERCARD]).await?;
    let of = "FROM webhook_inbox WHERE (kind LIKE 'payment_method.%' OR kind = 'customer.updated')";
    let all = format!("SELECT count(*) AS count {of}");
    eventually(async || Ok((app.count(&all).await? >= 4).then_some(()))).await?;
    let personal = format!(
        "{all} AND convert_from(body, 'UTF8') ~ '(cus_|pm_|Anna Example|example.com|last4)'"
    );
    assert_eq!(app.count(&personal).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_for_persons_whose_card_stripe_keeps_and_leads_back_to_known_hosts_alone()
-> anyhow::Result<()> {
    let app = app().await?;
    let none = portal(&app, json!({})).await?;
    assert_eq!(none.status, 404, "{none:?}");
    let astray = json!({ "return_url": "https://elsewhere.example/" });
    assert_eq!(portal(&app, astray).await?.refusal(), (400, "E105"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_cancels_no_subscription_and_its_form_is_made_once() -> anyhow::Result<()> {
    let app = renewing().await?;
    let (one, other) = (page(&app).await?, page(&app).await?);
    assert_ne!(one, other, "each is for one visit");
    let url = app
        .world
        .outside("/stripe/v1/billing_portal/configurations");
    let call = app.world.http.get(url).bearer_auth("sk_test_sandbox");
    let all: Value = call.send().await?.json().await?;
    let all = all["data"].as_array().cloned().unwrap_or_default();
    assert_eq!(all.len(), 1, "{all:?}");
    let offers = |name: &str| all[0]["features"][name]["enabled"].clone();
    assert_eq!(
        (
            offers("payment_method_update"),
            offers("subscription_cancel")
        ),
        (json!(true), json!(false))
    );
    Ok(())
}
