//! A plan that is renewed by a card that T-Bank keeps.

use jobs::ledger;
use money::renewals::jobs::Renew;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::TestApp;

use crate::payments::statuses;

async fn renewal(app: &TestApp) -> anyhow::Result<Value> {
    let all = app
        .as_seven(Method::GET, "/v1/subscriptions", Value::Null)
        .await?;
    Ok(all.body["subscriptions"][0]["renewal"].clone())
}

/// The job of renewals, as if the end of what is paid for had come near.
async fn renews(app: &TestApp) -> anyhow::Result<()> {
    app.sql("UPDATE renewals SET next_at = now()").await?;
    let ticket = ledger::enqueue(&mut *app.db().await?, &Renew {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    app.drain_jobs().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bank_charges_the_card_that_it_keeps_and_tells_of_a_refusal() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let body = json!({ "tier": "BASIC", "provider": "sbp_tinkoff" });
    let ordered = app
        .as_seven(Method::POST, "/v1/subscriptions", body)
        .await?;
    let page = ordered.body["payment_url"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    app.at_the_bank(&page, "pay").await?;
    let begun = eventually(async || {
        let renewal = renewal(&app).await?;
        Ok((renewal["state"] == "active").then_some(renewal))
    });
    assert_eq!(begun.await?["amount"], 29_900);
    renews(&app).await?;
    eventually(async || Ok((statuses(&app, "succeeded").await? == 2).then_some(()))).await?;
    let next = "SELECT count(*) AS count FROM payments AS one JOIN payments AS next
                ON next.period_start = one.period_end AND next.charge = 'renewal'";
    assert_eq!(app.count(next).await?, 1);
    app.at_the_bank(&page, "charges_refused").await?;
    renews(&app).await?;
    eventually(async || Ok((statuses(&app, "failed").await? == 1).then_some(()))).await?;
    assert_eq!(renewal(&app).await?["state"], "past_due");
    assert_eq!(app.subscription().await?["tier"], "BASIC");
    Ok(())
}
