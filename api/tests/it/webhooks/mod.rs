//! Webhooks of customers: `/v1/webhook-endpoints`, and what arrives there.

mod delivering;
mod failing;
mod managing;
mod offered;

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::DateTime;
use serde_json::{Value, json};
use testkit::eventually;
use testkit::stub::{Received, Reply, Stub};
use vendors::standard_webhooks::Secret;
use world::TestApp;
use world::app::words_form;

use crate::organizations::Person;

const ENDPOINTS: &str = "/v1/webhook-endpoints";

/// A receiver that takes everything.
async fn receiver() -> anyhow::Result<Stub> {
    Stub::answering(|_| Reply::new(204, "")).await
}

/// A receiver that answers its calls with these statuses, and all further ones with 204.
async fn receiver_with(statuses: &'static [u16]) -> anyhow::Result<Stub> {
    let calls = AtomicUsize::new(0);
    Stub::answering(move |_| {
        let at = calls.fetch_add(1, Ordering::Relaxed);
        Reply::new(statuses.get(at).copied().unwrap_or(204), "")
    })
    .await
}

/// A new endpoint of a person: its path, and its secret.
async fn makes(
    person: &Person<'_>,
    to: &Stub,
    events: &[&str],
) -> anyhow::Result<(String, Secret)> {
    let wish = json!({ "url": to.url.as_str(), "events": events });
    let made = person.posts(ENDPOINTS, wish).await?;
    assert_eq!(made.status, 201, "{made:?}");
    Ok((format!("{ENDPOINTS}/{}", made.id()?), secret(&made.body)?))
}

fn secret(body: &Value) -> anyhow::Result<Secret> {
    let text = body["secret"].as_str().unwrap_or_default();
    text.parse().map_err(anyhow::Error::msg)
}

/// A person has a reading accepted. Returns its id.
async fn reading(app: &TestApp, telegram_id: i64) -> anyhow::Result<String> {
    let init_data = app.world.chat(telegram_id).init_data().await?;
    let form = words_form("A bird in the cup");
    app.post_as_person(&init_data, form).await?.id()
}

/// Waits until so many calls have arrived.
async fn arrived(to: &Stub, count: usize) -> anyhow::Result<Vec<Received>> {
    eventually(async || {
        let all = to.received();
        Ok((all.len() >= count).then_some(all))
    })
    .await
}

/// The types of events that have arrived, in the order of the alphabet.
fn types(calls: &[Received]) -> anyhow::Result<Vec<String>> {
    let names = calls.iter().map(|call| {
        let body = call.json()?;
        Ok(body["type"].as_str().unwrap_or_default().to_owned())
    });
    let mut names = names.collect::<anyhow::Result<Vec<String>>>()?;
    names.sort_unstable();
    Ok(names)
}

/// The signature that a secret gives to a call.
fn signature(call: &Received, secret: &Secret) -> anyhow::Result<String> {
    let at = DateTime::from_timestamp(call.header("webhook-timestamp").parse()?, 0);
    let at = at.unwrap_or_default();
    let [_, _, (_, signature)] = secret.headers(call.header("webhook-id"), at, &call.body);
    Ok(signature)
}

/// Waits until the newest delivery of an endpoint is in a state.
async fn becomes(person: &Person<'_>, path: &str, status: &str) -> anyhow::Result<Value> {
    eventually(async || {
        let listed = person.gets(&format!("{path}/deliveries")).await?;
        let newest = listed.body["deliveries"][0].clone();
        Ok((newest["status"] == status).then_some(newest))
    })
    .await
}

/// Lets the next attempts of all deliveries begin, until so many calls have arrived.
async fn hurried(app: &TestApp, to: &Stub, count: usize) -> anyhow::Result<()> {
    eventually(async || {
        app.sql("UPDATE webhook_deliveries SET next_at = now() WHERE next_at > now()")
            .await?;
        app.hurry().await?;
        Ok((to.received().len() >= count).then_some(()))
    })
    .await
}
