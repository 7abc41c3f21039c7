//! Letters, as operators see them, and addresses that take none.

use serde_json::json;

use super::*;

async fn registers(app: &TestApp, email: &str) -> anyhow::Result<()> {
    let body = json!({ "email": email, "password": "four unusual words hang here" });
    let call = app.request(Method::POST, "/v1/auth/register").json(&body);
    let asked = Answer::of(call.send().await?).await?;
    anyhow::ensure!(asked.status == 202, "{asked:?}");
    app.drain_jobs().await
}

async fn found(operator: &Signed<'_>, query: &str) -> anyhow::Result<Vec<Value>> {
    let answer = operator.gets(&format!("/v1/admin/emails?{query}")).await?;
    anyhow::ensure!(answer.status == 200, "{query}: {answer:?}");
    Ok(answer.body["data"].as_array().cloned().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_found_by_state_and_address_and_do_not_say_what_they_say() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let support = Signed::operator(&app, "support").await?;
    registers(&app, "Ann@example.org").await?;
    registers(&app, "bob@example.org").await?;
    let read = "SELECT count(*) AS count FROM audit_logs WHERE action = 'emails_read'";
    assert_eq!(app.count(read).await?, 0);
    let all = found(&support, "").await?;
    assert_eq!(app.count(read).await?, 1);
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(all[0]["to"], "bob@example.org", "the newest first");
    assert_eq!(all[1]["status"], "accepted");
    for hidden in ["subject", "content", "text"] {
        assert!(all[1].get(hidden).is_none(), "{hidden}");
    }
    for (query, count) in [
        ("to=ANN%40example.org", 1),
        ("to=ann", 0),
        ("status=accepted", 2),
        ("status=suppressed", 0),
        ("person=00000000-0000-0000-0000-000000000000", 0),
    ] {
        assert_eq!(found(&support, query).await?.len(), count, "{query}");
    }
    let first = support.gets("/v1/admin/emails?limit=1").await?;
    let cursor = first.body["next_cursor"].as_str().unwrap_or_default();
    let second = support
        .gets(&format!("/v1/admin/emails?limit=1&cursor={cursor}"))
        .await?;
    assert_eq!(second.body["data"][0]["to"], "Ann@example.org");
    assert_eq!(second.body["next_cursor"], json!(null));
    for wrong in ["status=lost", "limit=0", "cursor=1", "x=1"] {
        let refused = support.gets(&format!("/v1/admin/emails?{wrong}")).await?;
        assert_eq!(refused.status, 400, "{wrong}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_takes_no_letters_gets_them_again_once_that_is_lifted() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let support = Signed::operator(&app, "support").await?;
    let secret = &app.core.config.memory_secret;
    let key = hex::encode(secret.key("email", "ann@example.org"));
    app.sql(&format!(
        "INSERT INTO email_suppressions (address_key, bounces, suppressed_until, changed_at)
         VALUES ('\\x{key}', 2, now() + interval '90 days', now())"
    ))
    .await?;
    registers(&app, "ann@example.org").await?;
    assert_eq!(found(&support, "status=suppressed").await?.len(), 1);
    let path = "/v1/admin/emails/suppressions/lift";
    let wish = |email: &str, why: &str| json!({ "email": email, "reason": why });
    let refused = support
        .posts(path, wish("ann@example.org", "short"))
        .await?;
    assert_eq!(refused.refusal(), (400, "E105"));
    let refused = support.posts(path, wish("ann", WHY)).await?;
    assert_eq!(refused.refusal(), (400, "E105"));
    let other = support.posts(path, wish("bob@example.org", WHY)).await?;
    assert_eq!(other.refusal(), (404, "E601"));
    let lifted = support.posts(path, wish("Ann@EXAMPLE.org", WHY)).await?;
    assert_eq!(lifted.status, 204, "{lifted:?}");
    let again = support.posts(path, wish("ann@example.org", WHY)).await?;
    assert_eq!(again.refusal(), (404, "E601"));
    let line = "SELECT count(*) AS count FROM audit_logs WHERE action = 'suppression_lifted'
        AND old_value ->> 'bounces' = '2' AND new_value::text NOT LIKE '%example%'";
    assert_eq!(app.count(line).await?, 1);
    registers(&app, "ann@example.org").await?;
    assert_eq!(found(&support, "status=accepted").await?.len(), 1);
    Ok(())
}
