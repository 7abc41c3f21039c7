//! Who does not get in.

use serde_json::json;
use world::{N8N_KEY, World};

use super::*;
use crate::organizations::Person;

const PATH: &str = "/v1/admin/plans";

async fn status_of(call: reqwest::RequestBuilder) -> anyhow::Result<(u16, String)> {
    let answer = Answer::of(call.send().await?).await?;
    let (status, code) = answer.refusal();
    Ok((status, code.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_no_init_data_and_no_person_who_is_no_operator_gets_in() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let nobody = app.request(Method::GET, PATH);
    assert_eq!(status_of(nobody).await?, (401, "E201".to_owned()));
    let forbidden = (403, "E204".to_owned());
    let key = app.request(Method::GET, PATH).header("X-API-Key", N8N_KEY);
    assert_eq!(status_of(key).await?, forbidden);
    // Not by the Mini App either, although the person is an operator.
    let ann = Person::new(&app, 7).await?;
    app.sql("INSERT INTO operators (user_id, role, made_at) SELECT id, 'admin', now() FROM users")
        .await?;
    assert_eq!(ann.gets(PATH).await?.refusal(), (403, "E204"));
    let person = Signed::new(&app).await?;
    person.shows_factor(Utc::now()).await?;
    assert_eq!(person.gets(PATH).await?.refusal(), (403, "E204"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_shows_a_second_factor_every_twelve_hours() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Signed::new(&app).await?;
    ann.becomes("admin").await?;
    let refused = ann.gets(PATH).await?;
    assert_eq!(refused.refusal(), (403, "E216"));
    assert_eq!(refused.body["details"]["mfa_required"], json!(true));
    ann.shows_factor(Utc::now() - hours(12)).await?;
    assert_eq!(ann.gets(PATH).await?.refusal(), (403, "E216"));
    ann.shows_factor(Utc::now() - hours(12) + TimeDelta::minutes(2))
        .await?;
    assert_eq!(ann.gets(PATH).await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_of_the_networks_of_operators_there_is_no_such_path() -> anyhow::Result<()> {
    for (networks, status) in [("10.0.0.0/8", 404), ("10.0.0.0/8,127.0.0.1", 200)] {
        let mut world = World::new().await?;
        world.set("ADMIN_ALLOWED_ADDRESSES", networks);
        let app = TestApp::start_in(world).await?;
        let ann = Signed::operator(&app, "admin").await?;
        assert_eq!(ann.gets(PATH).await?.status, status, "{networks}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_operator_is_refused() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Signed::operator(&app, "admin").await?;
    let id = ann.id;
    app.sql(&format!(
        "INSERT INTO suspensions (account_id, reason, since) VALUES ('{id}', 'x', now())"
    ))
    .await?;
    assert_eq!(ann.gets(PATH).await?.refusal(), (403, "E215"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_spellings_of_the_documents_lead_there_and_the_page_stays() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("ADMIN_KEY", "admin-key-of-the-tests");
    let app = TestApp::start_in(world).await?;
    let ann = Signed::operator(&app, "admin").await?;
    for path in [
        "/admin/users",
        "/api/admin/users",
        "/admin/plans",
        "/api/admin/audit-log",
        "/api/admin/analytics",
        "/admin/analytics",
        "/admin/slos",
        "/admin/emails",
    ] {
        assert_eq!(ann.gets(path).await?.status, 200, "{path}");
    }
    let page = app.request(Method::GET, "/admin/jobs");
    let page = page
        .header("X-Admin-Key", "admin-key-of-the-tests")
        .send()
        .await?;
    assert_eq!(page.status(), 200);
    Ok(())
}
