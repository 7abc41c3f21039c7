//! Secrets that others bring to us are rotated (docs/SECRETS.md): for a while two values of each are accepted.

use reqwest::{Method, StatusCode};
use serde_json::json;
use testkit::eventually;
use world::{TestApp, World};

const OWN: &str = "the-value-of-now";
const ALSO: &str = "the-other-value";

/// An API with two values of a secret.
async fn app_with(name: &str) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set(name, OWN);
    world.set(&format!("{name}_ALSO"), ALSO);
    TestApp::start_in(world).await
}

/// The statuses of the calls with either value, and with a third one.
async fn statuses(
    call: impl AsyncFn(&'static str) -> anyhow::Result<StatusCode>,
) -> anyhow::Result<[u16; 3]> {
    let (own, also) = (call(OWN).await?, call(ALSO).await?);
    let other = call("another-value").await?;
    Ok([own, also, other].map(|status| status.as_u16()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_operators_opens_with_either_value_of_its_key() -> anyhow::Result<()> {
    let app = app_with("ADMIN_KEY").await?;
    let open = async |key| {
        let call = app
            .request(Method::GET, "/admin")
            .header("X-Admin-Key", key);
        Ok(call.send().await?.status())
    };
    assert_eq!(statuses(open).await?, [200, 200, 401]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn telegram_is_believed_with_either_value_of_the_secret_and_told_the_first()
-> anyhow::Result<()> {
    let app = app_with("TELEGRAM_WEBHOOK_SECRET").await?;
    let call = async |secret| {
        let call = app.request(Method::POST, "/v1/webhooks/telegram");
        let call = call.header("X-Telegram-Bot-Api-Secret-Token", secret);
        Ok(call
            .json(&json!({ "update_id": 1, "novelty": {} }))
            .send()
            .await?
            .status())
    };
    assert_eq!(statuses(call).await?, [200, 200, 401]);
    app.world.chat(7).says("/help", "en").await?;
    let known = "SELECT count(*) AS count FROM users WHERE telegram_id = 7";
    eventually(async || Ok((app.count(known).await? == 1).then_some(()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn n8n_is_let_in_with_either_value_of_its_key() -> anyhow::Result<()> {
    let app = app_with("N8N_API_KEY").await?;
    let path = "/v1/analyses/00000000-0000-0000-0000-000000000000";
    let call = async |key| {
        let call = app.request(Method::GET, path).header("X-API-Key", key);
        Ok(call.send().await?.status())
    };
    assert_eq!(statuses(call).await?, [404, 404, 401]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_value_without_a_first_one_opens_nothing() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("ADMIN_KEY_ALSO", ALSO);
    let app = TestApp::start_in(world).await?;
    let call = app
        .request(Method::GET, "/admin")
        .header("X-Admin-Key", ALSO);
    assert_eq!(call.send().await?.status(), 404);
    Ok(())
}
