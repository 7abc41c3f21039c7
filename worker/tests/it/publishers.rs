//! What PostHog sees of a person, from the consent to its withdrawal.

use std::collections::BTreeSet;

use ::publishers::jobs::{CaptureEvents, PublishEvents};
use jobs::ledger;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::app::words_form;
use world::{TestApp, World};

const CONSENTS: &str = "/v1/users/me/consents";

async fn start() -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("POSTHOG_KEY", "phc_sandbox");
    world.set("POSTHOG_HOST", world.outside("/posthog"));
    TestApp::start_in(world).await
}

async fn agrees(app: &TestApp, who: i64, to: Option<bool>) -> anyhow::Result<Value> {
    let me = app.world.chat(who).init_data().await?;
    let mut body = json!({ "terms_of_use": true, "privacy_policy": true });
    if let Some(to) = to {
        body["product_analytics"] = to.into();
    }
    let answer = app
        .as_person(&me, Method::PUT, CONSENTS, Some(body))
        .await?;
    assert_eq!(answer.status, 200, "{answer:?}");
    Ok(answer.body["product_analytics"].clone())
}

/// A reading is accepted, and ends; returns its id.
async fn reads(app: &TestApp, who: i64) -> anyhow::Result<String> {
    let me = app.world.chat(who).init_data().await?;
    let answer = app.post_as_person(&me, words_form("a bird")).await?;
    let id = answer.id()?;
    app.drain_jobs().await?;
    Ok(id)
}

/// What PostHog has, when the publisher has passed all that has happened.
async fn captured(app: &TestApp) -> anyhow::Result<Vec<Value>> {
    let left = "SELECT count(*) AS count FROM events
        WHERE (tx, seq) > (SELECT tx, seq FROM event_cursors WHERE name = 'posthog')";
    eventually(async || {
        let ticket = ledger::enqueue(&mut *app.db().await?, &CaptureEvents {}).await?;
        app.core.pusher.wake(&[ticket]).await;
        app.drain_jobs().await?;
        Ok((app.count(left).await? == 0).then_some(()))
    })
    .await?;
    let url = app.world.outside("/control/posthog");
    let told: Value = app.world.http.get(url).send().await?.json().await?;
    Ok(told["events"].as_array().cloned().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn posthog_is_told_what_a_person_does_who_has_agreed_and_of_no_other() -> anyhow::Result<()> {
    let app = start().await?;
    let me = app.world.chat(7).init_data().await?;
    let asked = app.as_person(&me, Method::GET, CONSENTS, None).await?;
    let none = json!({ "accepted": false, "accepted_at": null });
    assert_eq!(asked.body["product_analytics"], none);
    let given = agrees(&app, 7, Some(true)).await?;
    assert_eq!(given["accepted"], true);
    assert!(given["accepted_at"].is_string());
    // A change of the others leaves it as it is.
    assert_eq!(agrees(&app, 7, None).await?, given);
    let reading = reads(&app, 7).await?;
    reads(&app, 8).await?;
    let told = captured(&app).await?;
    let values = |name: &str| {
        let values = told.iter().filter_map(|one| one[name].as_str());
        values.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let names = ["reading.created", "reading.ended"].map(str::to_owned);
    assert!(values("event").is_superset(&names.into()), "{told:?}");
    assert_eq!(values("distinct_id").len(), 1);
    let text = Value::from(told.clone()).to_string();
    let person: Value = app
        .as_person(&me, Method::GET, "/v1/users/me", None)
        .await?
        .body;
    let id = person["id"].as_str().unwrap_or_default();
    assert!(!id.is_empty(), "{person}");
    for secret in [id, &reading, "bird"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    let created = told.iter().find(|one| one["event"] == "reading.created");
    let properties = &created
        .map(|one| &one["properties"])
        .cloned()
        .unwrap_or_default();
    assert_eq!(properties["input_type"], "text");
    assert_eq!(properties["$process_person_profile"], false);
    assert_eq!(properties["$geoip_disable"], true);
    assert_eq!(agrees(&app, 7, Some(false)).await?, none);
    reads(&app, 7).await?;
    assert_eq!(captured(&app).await?.len(), told.len());
    let noted = "SELECT count(*) AS count FROM audit_logs WHERE action = 'consents_updated'
        AND old_value -> 'product_analytics' IS DISTINCT FROM new_value -> 'product_analytics'";
    assert_eq!(app.count(noted).await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_and_without_a_broker_the_chores_do_nothing() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    agrees(&app, 7, Some(true)).await?;
    reads(&app, 7).await?;
    let conn = &mut *app.db().await?;
    let tickets = [
        ledger::enqueue(conn, &CaptureEvents {}).await?,
        ledger::enqueue(conn, &PublishEvents {}).await?,
    ];
    app.core.pusher.wake(&tickets).await;
    app.drain_jobs().await?;
    let kept = "SELECT count(*) AS count FROM event_cursors WHERE name IN ('amqp', 'posthog')";
    assert_eq!(app.count(kept).await?, 0);
    Ok(())
}
