//! The programs with the roles of a deployment: an owner that migrates, and a role each for the API and
//! the worker, none of them a superuser.

use std::path::Path;

use ::jobs::{ledger, prune::Prune};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::database::{self, Login};
use testkit::eventually;
use testkit::pictures::coffee_cup;
use testkit::process::Process;
use world::app::words_form;
use world::{TestApp, World, agreed};

/// The logins of a deployment. They go after the database.
struct Logins {
    owner: Login,
    api: Login,
    worker: Login,
}

impl Logins {
    async fn create() -> anyhow::Result<Self> {
        Ok(Self {
            owner: Login::create(None).await?,
            api: Login::create(Some("symancy_api")).await?,
            worker: Login::create(Some("symancy_worker")).await?,
        })
    }

    /// Migrates the database of a world anew, as the owner, and gives the API its role. Returns the
    /// addresses for the worker and for the test itself.
    async fn take(&self, world: &mut World) -> anyhow::Result<(String, String)> {
        let database = world.env["DATABASE_URL"].clone();
        let mut conn = AsyncPgConnection::establish(&database).await?;
        let fresh = format!(
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION {}; GRANT USAGE ON SCHEMA public TO PUBLIC",
            self.owner.name
        );
        conn.batch_execute(&fresh).await?;
        let owner = self.owner.url(&database)?;
        product::migrate(&owner.parse().map_err(anyhow::Error::msg)?).await?;
        conn.batch_execute(&agreed()).await?;
        world.set("DATABASE_URL", self.api.url(&database)?);
        Ok((self.worker.url(&database)?, database))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_becomes_a_reading_and_a_person_leaves_again() -> anyhow::Result<()> {
    // The database cannot be the template's, whose roles have no rights there: it is made by the world,
    // whose creation also makes the roles of the server.
    let mut world = World::new().await?;
    let logins = Logins::create().await?;
    let (worker, database) = logins.take(&mut world).await?;
    let app = TestApp::start_in(world).await?;
    let mut env = app.world.env.clone();
    env.insert("DATABASE_URL".to_owned(), worker);
    let worker = Process::start(Path::new(env!("CARGO_BIN_EXE_worker")), &env, None)?;

    let chat = app.world.chat(7);
    chat.sends_photo(coffee_cup(), "en").await?;
    chat.waits_for(|text| text.chars().count() > 150).await?;
    let proof = chat.init_data().await?;
    let asked = app
        .post_as_person(&proof, words_form("A bird near the rim"))
        .await?;
    let reading = app.ended(&asked.id()?).await?;
    assert_eq!(reading["status"], "completed", "{reading}");
    let (_, link) = app.orders("BASIC", "telegram_stars").await?;
    chat.pays(&link).await?.map_err(anyhow::Error::msg)?;
    eventually(async || Ok((app.subscription().await?["tier"] == "BASIC").then_some(()))).await?;

    let path = format!("/v1/analyses/{}", asked.id()?);
    for (method, path, body, status) in [
        (Method::GET, "/v1/analyses", None, 200),
        (Method::GET, "/v1/limits/me", None, 200),
        (
            Method::PATCH,
            "/v1/users/me",
            Some(json!({ "language_code": "ru" })),
            200,
        ),
        (Method::GET, path.as_str(), None, 200),
        (Method::DELETE, path.as_str(), None, 204),
        (Method::POST, "/v1/users/me/exports", None, 202),
    ] {
        let answer = app.as_person(&proof, method.clone(), path, body).await?;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
    }
    let ticket = ledger::enqueue(&mut *app.db().await?, &Prune {}).await?;
    app.core.pusher.wake(&[ticket]).await;
    all_done(&app).await?;
    let leaves = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let answer = app
        .as_person(&proof, Method::POST, "/v1/users/me/deletion", Some(leaves))
        .await?;
    assert_eq!(answer.status, 202, "{answer:?}");
    all_done(&app).await?;

    let mut conn = AsyncPgConnection::establish(&database).await?;
    for (query, count) in [
        ("SELECT count(*) AS count FROM users", 0),
        (
            "SELECT count(*) AS count FROM audit_logs WHERE actor = 'person'
                 AND num_nonnulls(user_id, entity_id, old_value, new_value, ip_address, user_agent) > 0",
            0,
        ),
        (
            "SELECT count(*) AS count FROM audit_logs WHERE action = 'user_data_deleted'",
            1,
        ),
    ] {
        assert_eq!(database::count(&mut conn, query).await?, count, "{query}");
    }
    worker.terminate().await?;
    drop(app);
    drop(logins);
    Ok(())
}

/// Waits until nothing runs, and nothing was refused.
async fn all_done(app: &TestApp) -> anyhow::Result<()> {
    let live = "SELECT count(*) AS count FROM jobs WHERE state IN ('queued', 'running')";
    eventually(async || Ok((app.count(live).await? == 0).then_some(()))).await?;
    let errors: Vec<Value> = errors(app).await?;
    assert_eq!(errors, Vec::<Value>::new());
    Ok(())
}

async fn errors(app: &TestApp) -> anyhow::Result<Vec<Value>> {
    use diesel::prelude::*;
    use diesel_async::RunQueryDsl;
    use schema::jobs;
    let found = jobs::table
        .filter(jobs::errors.ne(json!([])))
        .select(jobs::errors);
    Ok(found.load(&mut app.db().await?).await?)
}
