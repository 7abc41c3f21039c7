//! Requests about an address.

use jobs::Job;
use people::accounts::jobs::DecideAddressRequest;
use reqwest::Method;
use serde_json::{Value, json};
use world::TestApp;

async fn post(app: &TestApp, path: &str, body: Value) -> anyhow::Result<u16> {
    let call = app.request(Method::POST, path).json(&body);
    Ok(call.send().await?.status().as_u16())
}

async fn letters(app: &TestApp) -> anyhow::Result<Vec<Value>> {
    let url = app.world.outside("/control/mail?to=ann@example.org");
    let answer: Value = app.world.http.get(url).send().await?.json().await?;
    Ok(answer["letters"].as_array().cloned().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_about_an_address_that_is_decided_twice_brings_one_letter() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let body = json!({ "email": "ann@example.org", "password": "four unusual words hang here" });
    assert_eq!(post(&app, "/v1/auth/register", body).await?, 202);
    app.drain_jobs().await?;
    let first = letters(&app).await?;
    assert_eq!(first.len(), 1);
    let again = format!(
        "UPDATE jobs SET state = 'queued', finished_at = NULL, attempt = 0 WHERE kind = '{}'",
        DecideAddressRequest::KIND
    );
    app.sql(&again).await?;
    app.drain_jobs().await?;
    assert_eq!(letters(&app).await?, first);
    let text = first[0]["text"].as_str().unwrap_or_default();
    let secret = text.split("#token=").nth(1).unwrap_or_default();
    let secret: String = secret.chars().take(43).collect();
    assert_eq!(
        post(&app, "/v1/auth/verify-email", json!({ "token": secret })).await?,
        204
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_an_address_is_gone_after_a_day() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let body = json!({ "email": "ann@example.org", "password": "four unusual words hang here" });
    post(&app, "/v1/auth/register", body).await?;
    app.drain_jobs().await?;
    app.sql(
        "UPDATE address_requests SET created_at = now() - interval '25 hours';
         UPDATE sign_in_attempts SET last_at = now() - interval '25 hours'",
    )
    .await?;
    let _ = jobs::ledger::enqueue(&mut *app.db().await?, &jobs::prune::Prune {}).await?;
    app.drain_jobs().await?;
    for table in ["address_requests", "sign_in_attempts"] {
        let rows = app
            .count(&format!("SELECT count(*) AS count FROM {table}"))
            .await?;
        assert_eq!(rows, 0, "{table}");
    }
    Ok(())
}
