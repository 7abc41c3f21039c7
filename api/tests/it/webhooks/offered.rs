//! Everything that an endpoint can subscribe to does arrive.

use std::collections::BTreeSet;

use jobs::ledger;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use usage::jobs::CountUsage;
use world::TestApp;
use world::app::Answer;

use super::{makes, reading, receiver, receiver_with};
use crate::organizations::Person;

fn names(object: &Value) -> BTreeSet<String> {
    let names = object.as_object().map(|all| all.keys().cloned());
    names.into_iter().flatten().collect()
}

/// A person does all that is offered as an event.
async fn lives(app: &TestApp, ann: &Person<'_>) -> anyhow::Result<()> {
    reading(app, 7).await?;
    // FREE has 20 messages a day.
    app.sql("SELECT take_units(id, 'messages', 16) FROM users")
        .await?;
    let _ = ledger::enqueue(&mut *app.db().await?, &CountUsage {}).await?;
    let told = "SELECT count(*) AS count FROM usage_alerts";
    eventually(async || Ok((app.count(told).await? > 0).then_some(()))).await?;
    let (order, link) = app.orders("BASIC", "telegram_stars").await?;
    let paid = app.world.chat(7).pays(&link).await?;
    assert!(paid.is_ok(), "{order}: {paid:?}");
    eventually(async || Ok((app.subscription().await?["tier"] == "BASIC").then_some(()))).await?;
    let wish = json!({ "name": "my script", "scopes": ["users:read"] });
    let made = ann.posts("/v1/api-keys", wish).await?;
    let key = made.body["key"].as_str().unwrap_or_default();
    let used = app.request(Method::GET, "/v1/users/me");
    let used = Answer::of(used.header("X-API-Key", key).send().await?).await?;
    assert_eq!(used.status, 200, "{used:?}");
    let gone = receiver_with(&[410]).await?;
    let (off, _) = makes(ann, &gone, &["plan.changed"]).await?;
    let tried = ann.posts(&format!("{off}/test"), None).await?;
    assert_eq!(tried.status, 202, "{tried:?}");
    let open = "SELECT count(*) AS count FROM webhook_endpoints WHERE disabled_why IS NULL";
    eventually(async || Ok((app.count(open).await? == 1).then_some(()))).await?;
    Ok(())
}

/// Each says whose account it is of, and its data has exactly the fields that its schema promises.
#[tokio::test(flavor = "multi_thread")]
async fn every_type_that_is_offered_arrives_with_the_fields_of_its_schema() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.world.chat(7).says("/start", "en").await?;
    app.drain_chat().await?;
    let ann = Person::new(&app, 7).await?;
    let to = receiver().await?;
    makes(&ann, &to, &[]).await?;
    let listed = ann.gets("/v1/event-types").await?;
    let all = listed.body["event_types"].as_array().cloned();
    let offered: Vec<Value> = all
        .into_iter()
        .flatten()
        .filter(|one| one["can_be_subscribed_to"] == true)
        .collect();
    assert!(offered.len() >= 7, "{listed:?}");
    let worker = app.worker()?;
    lives(&app, &ann).await?;
    for of in offered {
        let body = eventually(async || {
            let mut calls = to
                .received()
                .into_iter()
                .filter_map(|call| call.json().ok());
            Ok(calls.find(|body| body["type"] == of["name"]))
        });
        let body = body.await?;
        assert_eq!(of["version"], body["version"]);
        assert_eq!(body["account_id"], json!(ann.id), "{body}");
        assert_eq!(names(&of["schema"]["properties"]), names(&body["data"]));
    }
    worker.stop().await;
    Ok(())
}
