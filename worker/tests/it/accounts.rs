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
    let proof = json!({ "token": secret, "password": "four unusual words hang here" });
    assert_eq!(post(&app, "/v1/auth/verify-email", proof).await?, 204);
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

/// Questions and news in the chat have no message slot: sent twice they stand there twice, and nothing else happens.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_of_the_bot_about_a_link_that_is_sent_twice_only_repeats_itself()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    app.sql(
        "INSERT INTO users (id, first_name, language_code) VALUES (gen_random_uuid(), 'Ann', 'en');
         INSERT INTO identities (user_id, provider, subject, spelling, verified_at)
             SELECT id, 'email', 'ann@example.org', 'ann@example.org', now() FROM users;
         INSERT INTO one_time_tokens (digest, user_id, purpose, email_key, spelling, created_at, expires_at)
             SELECT sha256('a-secret'), id, 'link_telegram', 'ann@example.org', 'ann@example.org', now(),
                 now() + interval '15 minutes' FROM users",
    )
    .await?;
    chat.says("/start link_a-secret", "en").await?;
    app.drain_chat().await?;
    let once = chat.bot_texts().await?;
    assert_eq!(once.len(), 1, "{once:?}");
    assert!(once[0].contains("a…@example.org"), "{once:?}");
    let again = "UPDATE jobs SET state = 'queued', finished_at = NULL, attempt = 0";
    app.sql(again).await?;
    app.drain_jobs().await?;
    assert_eq!(chat.bot_texts().await?, [once.clone(), once].concat());
    app.sql("DELETE FROM jobs").await?;
    chat.presses_on("link:").await?;
    app.drain_chat().await?;
    let told = chat.bot_texts().await?;
    assert!(
        told.last()
            .is_some_and(|text| text.contains("is connected")),
        "{told:?}"
    );
    let news = "UPDATE jobs SET state = 'queued', finished_at = NULL, attempt = 0
                WHERE kind = 'notifications.tell_linked.v1'";
    app.sql(news).await?;
    app.drain_jobs().await?;
    assert_eq!(chat.bot_texts().await?.len(), told.len() + 1);
    let linked = "SELECT count(*) AS count FROM identities WHERE subject = '7'";
    assert_eq!(app.count(linked).await?, 1);
    Ok(())
}
