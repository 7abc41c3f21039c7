//! A suspended account, on all ways in.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schema::jobs;
use serde_json::json;
use testkit::eventually;
use world::app::words_form;
use world::{N8N_KEY, World};

use super::*;
use crate::organizations::Person;

async fn suspends(
    admin: &Signed<'_>,
    kind: &str,
    id: impl std::fmt::Display,
) -> anyhow::Result<()> {
    let path = format!("/v1/admin/{kind}/{id}/suspend");
    let done = admin.posts(&path, json!({ "reason": WHY })).await?;
    anyhow::ensure!(done.status == 204, "{done:?}");
    Ok(())
}

async fn restores(
    admin: &Signed<'_>,
    kind: &str,
    id: impl std::fmt::Display,
) -> anyhow::Result<()> {
    let done = admin
        .posts(&format!("/v1/admin/{kind}/{id}/restore"), None)
        .await?;
    anyhow::ensure!(done.status == 204, "{done:?}");
    Ok(())
}

/// Waits until the API has noticed.
async fn noticed(person: &Person<'_>, status: u16) -> anyhow::Result<Answer> {
    eventually(async || {
        let me = person.gets("/v1/users/me").await?;
        Ok((me.status == status).then_some(me))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_person_may_have_their_data_copied_and_deleted_and_nothing_else()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let admin = Signed::operator(&app, "admin").await?;
    let ann = Person::new(&app, 7).await?;
    let made = json!({ "name": "a script", "scopes": ["users:read"] });
    let key = ann.posts("/v1/api-keys", made).await?;
    let key = key.body["key"].as_str().unwrap_or_default().to_owned();
    suspends(&admin, "users", ann.id).await?;
    // By her Telegram id, which this process remembers as one that is not suspended.
    let refused = ann.gets("/v1/users/me").await?;
    assert_eq!(refused.refusal(), (403, "E215"));
    assert_eq!(refused.body["details"], json!({ "until": null }));
    let by_key = app
        .request(Method::GET, "/v1/users/me")
        .header("X-API-Key", &key);
    assert_eq!(
        Answer::of(by_key.send().await?).await?.refusal(),
        (403, "E215")
    );
    let by_service = app
        .request(Method::GET, "/v1/users/me")
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", 7);
    assert_eq!(
        Answer::of(by_service.send().await?).await?.refusal(),
        (403, "E215")
    );
    // Named in the form alone.
    let refused = app.post_as_service(words_form("a bird")).await?;
    assert_eq!(refused.refusal(), (403, "E215"));
    assert_eq!(ann.posts("/v1/users/me/exports", None).await?.status, 202);
    restores(&admin, "users", ann.id).await?;
    noticed(&ann, 200).await?;
    assert_eq!(app.post_as_service(words_form("a bird")).await?.status, 202);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_has_an_end_and_ends_all_sessions_at_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let admin = Signed::operator(&app, "admin").await?;
    let bob = Signed::new(&app).await?;
    assert_eq!(bob.gets("/v1/users/me").await?.status, 200);
    let path = format!("/v1/admin/users/{}/suspend", bob.id);
    let past = json!({ "reason": WHY, "until": Utc::now() - hours(1) });
    assert_eq!(admin.posts(&path, past).await?.status, 400);
    let wish = json!({ "reason": WHY, "until": Utc::now() + hours(1) });
    assert_eq!(admin.posts(&path, wish).await?.status, 204);
    assert_eq!(bob.gets("/v1/users/me").await?.refusal(), (401, "E203"));
    let seen = admin.gets(&format!("/v1/admin/users/{}", bob.id)).await?;
    assert_eq!(
        (&seen.body["suspended_for"], &seen.body["sessions"]),
        (&json!(WHY), &json!(0))
    );
    app.sql("UPDATE suspensions SET until = now() - interval '1 s'")
        .await?;
    let list = admin.gets("/v1/admin/users?status=suspended").await?;
    assert_eq!(list.body["data"], json!([]));
    let own = format!("/v1/admin/users/{}/suspend", admin.id);
    let refused = admin.posts(&own, json!({ "reason": WHY })).await?;
    assert_eq!(refused.refusal(), (409, "E602"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_suspended_organization_members_see_what_is_there_and_keys_are_refused()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let admin = Signed::operator(&app, "admin").await?;
    let ann = Person::new(&app, 7).await?;
    let path = ann.founds("Cup & Co").await?;
    let id = path.rsplit('/').next().unwrap_or_default().to_owned();
    let call = app
        .request(Method::POST, "/v1/api-keys")
        .header("X-Telegram-Init-Data", app.world.chat(7).init_data().await?)
        .header("X-Account-Id", &id)
        .json(&json!({ "name": "a script", "scopes": ["organizations:read"] }));
    let key = Answer::of(call.send().await?).await?;
    let key = key.body["key"].as_str().unwrap_or_default().to_owned();
    let by_key = async || {
        let call = app.request(Method::GET, &path).header("X-API-Key", &key);
        anyhow::Ok(Answer::of(call.send().await?).await?)
    };
    assert_eq!(by_key().await?.status, 200);
    suspends(&admin, "organizations", &id).await?;
    assert_eq!(by_key().await?.refusal(), (403, "E215"));
    assert_eq!(ann.gets(&path).await?.status, 200);
    let renamed = ann
        .does(Method::PATCH, &path, json!({ "name": "x" }))
        .await?;
    assert_eq!(renamed.refusal(), (403, "E215"));
    restores(&admin, "organizations", &id).await?;
    assert_eq!(by_key().await?.status, 200);
    Ok(())
}

/// What the bot answers next, by its job.
async fn answer(app: &TestApp) -> anyhow::Result<String> {
    let args = eventually(async || {
        let newest = jobs::table
            .filter(jobs::kind.eq("notifications.send_notice.v5"))
            .order(jobs::id.desc())
            .select(jobs::args);
        let newest: Option<Value> = newest.first(&mut app.db().await?).await.optional()?;
        Ok(newest)
    })
    .await?;
    Ok(args["notice"].as_str().unwrap_or("a page").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_says_that_a_person_is_suspended_and_still_answers_about_their_data()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let admin = Signed::operator(&app, "admin").await?;
    let ann = Person::new(&app, 7).await?;
    suspends(&admin, "users", ann.id).await?;
    let chat = app.world.chat(7);
    let says = async |text: &str| {
        app.sql("DELETE FROM jobs").await?;
        chat.says(text, "en").await?;
        answer(&app).await
    };
    for (text, notice) in [
        ("/start", "suspended"),
        ("what does the bird mean?", "suspended"),
        ("/plans", "suspended"),
        ("/privacy", "privacy"),
        ("/delete", "a page"),
        ("/settings", "a page"),
    ] {
        assert_eq!(says(text).await?, notice, "{text}");
    }
    restores(&admin, "users", ann.id).await?;
    assert_ne!(says("/start").await?, "suspended");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_of_all_data_does_not_end_a_suspension() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let admin = Signed::operator(&app, "admin").await?;
    let ann = Person::new(&app, 7).await?;
    suspends(&admin, "users", ann.id).await?;
    let words = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let asked = ann.posts("/v1/users/me/deletion", words).await?;
    assert_eq!(asked.status, 202, "{asked:?}");
    app.drain_jobs().await?;
    let gone = format!(
        "SELECT count(*) AS count FROM users WHERE id = '{}'",
        ann.id
    );
    assert_eq!(app.count(&gone).await?, 0);
    // A new person, and suspended.
    app.post_as_service(words_form("a bird")).await?;
    noticed(&ann, 403).await?;
    let again = "SELECT count(*) AS count FROM suspensions JOIN users ON users.id = account_id
        WHERE telegram_id = 7 AND until IS NULL";
    assert_eq!(app.count(again).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_was_accepted_before_a_suspension_is_finished() -> anyhow::Result<()> {
    let app = TestApp::start_in(World::new().await?).await?;
    let admin = Signed::operator(&app, "admin").await?;
    let ann = Person::new(&app, 7).await?;
    let id = app.post_as_service(words_form("a bird")).await?.id()?;
    suspends(&admin, "users", ann.id).await?;
    app.drain_jobs().await?;
    let done = format!(
        "SELECT count(*) AS count FROM analysis_history WHERE id = '{id}' AND status = 'completed'"
    );
    assert_eq!(app.count(&done).await?, 1);
    Ok(())
}
