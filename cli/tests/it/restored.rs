//! `symancy restore finish`: what must follow a restore. The database is taken back to a copy of itself, as a restore
//! does it.

use backups::journal::AcceptedPhoto;
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::database::Login;
use testkit::pictures::coffee_cup;
use testkit::servers::ClusterRedis;
use testkit::{database, eventually};
use world::{N8N_KEY, TestApp, World};

use crate::backups::settings;
use crate::stage::type_in_group;

/// The Telegram ids of a person who has their data deleted after the copy, and of one who comes after it.
const GONE: i64 = 770_123_461;
const LATE: i64 = 770_123_462;

/// A copy of the database of an app.
struct Copied {
    name: String,
    at: DateTime<Utc>,
}

impl Copied {
    async fn of(app: &TestApp) -> anyhow::Result<Self> {
        let name = app.world.database_name()?;
        let copied = Self {
            name: format!("{name}_copy"),
            at: Utc::now(),
        };
        alone(
            name,
            &format!("CREATE DATABASE {} TEMPLATE {name}", copied.name),
        )
        .await?;
        Ok(copied)
    }

    /// The database is what it was, and marked, as a restore leaves it.
    async fn restores(&self, app: &TestApp) -> anyhow::Result<()> {
        let name = app.world.database_name()?;
        let mut server = database::connect_to_server().await?;
        for statement in [
            // First: a program that connects at once must find it.
            format!(
                "ALTER DATABASE {} SET symancy.restored_to = '{}'",
                self.name,
                self.at.to_rfc3339()
            ),
            format!("DROP DATABASE {name} WITH (FORCE)"),
            format!("ALTER DATABASE {} RENAME TO {name}", self.name),
        ] {
            server.batch_execute(&statement).await?;
        }
        Ok(())
    }
}

/// Runs a statement while no program is connected with the database.
async fn alone(name: &str, statement: &str) -> anyhow::Result<()> {
    let mut server = database::connect_to_server().await?;
    let close = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
    server.batch_execute(&close).await?;
    let end = format!(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'"
    );
    server.batch_execute(&end).await?;
    server.batch_execute(statement).await?;
    let open = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
    Ok(server.batch_execute(&open).await?)
}

/// The result of a count, past the pools of the programs.
async fn count(app: &TestApp, query: &str) -> anyhow::Result<i64> {
    let mut conn = AsyncPgConnection::establish(&app.world.env["DATABASE_URL"]).await?;
    Ok(database::count(&mut conn, query).await?)
}

async fn backed_up() -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    for (name, value) in settings(&world) {
        world.set(&name, value);
    }
    TestApp::start_in(world).await
}

async fn is_deleted(app: &TestApp) -> anyhow::Result<()> {
    let call = app.request(Method::POST, "/v1/users/me/deletion");
    let call = call
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", GONE);
    let call = call.json(&json!({ "confirmation_code": "DELETE_MY_DATA" }));
    call.send().await?.error_for_status()?;
    app.drain_jobs().await
}

/// A photo that the database will not know, and that the journal does.
async fn sends_late(app: &TestApp) -> anyhow::Result<AcceptedPhoto> {
    app.world.chat(LATE).sends_photo(coffee_cup(), "en").await?;
    let journal = app
        .core
        .journal
        .clone()
        .expect("there is a bucket for backups");
    let photo =
        eventually(async || Ok(journal.accepted_since(DateTime::UNIX_EPOCH).await?.pop())).await?;
    app.drain_jobs().await?;
    Ok(photo)
}

/// The first line that says this, of what a command has printed as JSON.
fn said(printed: &[Value], what: &str) -> Value {
    let mut all = printed.iter();
    all.find_map(|one| one.get(what))
        .cloned()
        .unwrap_or_default()
}

const PEOPLE: &str = "SELECT count(*) AS count FROM users WHERE telegram_id = 770123461";
const PAID: &str = "SELECT count(*) AS count FROM payments WHERE status = 'succeeded'";
const PAUSED: &str = "SELECT count(*) AS count FROM job_pauses";

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_is_refused_until_what_it_does_not_know_is_done_again()
-> anyhow::Result<()> {
    let app = backed_up().await?;
    let (_, page) = app.orders("BASIC", "sbp_tinkoff").await?;
    app.world.chat(GONE).says("hello", "en").await?;
    eventually(async || Ok((app.count(PEOPLE).await? == 1).then_some(()))).await?;
    app.drain_jobs().await?;

    let copied = Copied::of(&app).await?;
    eventually(async || Ok(app.db().await.is_ok().then_some(()))).await?;
    is_deleted(&app).await?;
    app.at_the_bank(&page, "pay").await?;
    eventually(async || Ok((app.count(PAID).await? == 1).then_some(()))).await?;
    let photo = sends_late(&app).await?;
    assert_eq!(photo.chat_id, LATE);

    copied.restores(&app).await?;
    assert_eq!(count(&app, PEOPLE).await?, 1);
    assert_eq!(count(&app, PAID).await?, 0);
    let refused = type_in_group(&app.world, "jobs", "stats").await?;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.err.contains("symancy restore finish"),
        "{refused:?}"
    );
    let starts = product::prepare(&app.core.config.db)
        .await
        .expect_err("it is not served");
    assert!(
        starts.to_string().contains("symancy restore finish"),
        "{starts}"
    );
    let ready = async || {
        let answer = app.request(Method::GET, "/v1/ready").send().await?;
        anyhow::Ok(answer.status().as_u16())
    };
    eventually(async || Ok((ready().await? == 503).then_some(()))).await?;

    let done = type_in_group(&app.world, "restore", "finish --json").await?;
    assert_eq!(done.code, Some(0), "{done:?}");
    let lines = done.json()?;
    assert_eq!(said(&lines, "deleted_again"), 1, "{done:?}");
    assert_eq!(said(&lines, "paid"), 1, "{done:?}");
    assert_eq!(said(&lines, "orders_lost"), json!([]), "{done:?}");
    assert_eq!(
        said(&lines, "photos_without_reading")
            .as_array()
            .map(Vec::len),
        Some(1),
        "{done:?}"
    );
    assert_eq!(said(&lines, "asked_again"), 1, "{done:?}");
    assert_eq!(count(&app, PEOPLE).await?, 0);
    assert_eq!(count(&app, PAID).await?, 1);
    assert_eq!(
        count(&app, PAUSED).await?,
        product::JOBS.queues.len() as i64
    );
    app.world
        .chat(LATE)
        .waits_for(|text| text.contains("send it once more"))
        .await?;
    eventually(async || Ok((ready().await? == 200).then_some(()))).await?;

    let none = type_in_group(&app.world, "restore", "finish").await?;
    assert_eq!(none.code, Some(1), "{none:?}");
    assert!(none.err.contains("no mark"), "{none:?}");
    let since = format!("finish --json --since {}", copied.at.format("%FT%TZ"));
    let again = type_in_group(&app.world, "restore", &since).await?;
    let lines = again.json()?;
    for what in ["deleted_again", "paid", "asked_again"] {
        assert_eq!(said(&lines, what), 0, "{what}: {again:?}");
    }
    // As if the secret of the digests were another one.
    let since = format!("finish --since {}", copied.at.format("%FT%TZ"));
    let unmatched = type_in_group(&app.world, "restore", &since).await?;
    assert!(
        unmatched.out.contains("ABUSE_MEMORY_SECRET"),
        "{unmatched:?}"
    );
    Ok(())
}

/// A world whose database belongs to this role, with all that is in it.
async fn owned_by(owner: &Login) -> anyhow::Result<World> {
    let mut world = World::new().await?;
    let database = world.env["DATABASE_URL"].clone();
    let (name, role) = (world.database_name()?, &owner.name);
    let mut superuser = AsyncPgConnection::establish(&database).await?;
    let give = format!(
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION {role};
         GRANT USAGE ON SCHEMA public TO PUBLIC; ALTER DATABASE {name} OWNER TO {role}"
    );
    superuser.batch_execute(&give).await?;
    let own = owner.url(&database)?;
    product::migrate(&own.parse().map_err(anyhow::Error::msg)?).await?;
    world.set("DATABASE_URL", own);
    Ok(world)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_without_more_rights_catches_up_and_lifts_the_mark_if_the_restore_has_let_them()
-> anyhow::Result<()> {
    // Before the world, so that it goes after its database.
    let owner = Login::create(None).await?;
    let world = owned_by(&owner).await?;
    let mut superuser = database::connect_to_server().await?;
    let name = world.database_name()?;
    let now = Utc::now().format("%FT%TZ");

    let unmarked = type_in_group(&world, "restore", &format!("finish --since {now}")).await?;
    assert_eq!(unmarked.code, Some(0), "{unmarked:?}");
    assert!(
        unmarked.err.contains("keep the programs stopped"),
        "{unmarked:?}"
    );

    let mark = format!("ALTER DATABASE {name} SET symancy.restored_to = '{now}'");
    superuser.batch_execute(&mark).await?;
    let stays = type_in_group(&world, "restore", "finish").await?;
    assert_eq!(stays.code, Some(1), "{stays:?}");
    assert!(stays.err.contains("cannot be lifted"), "{stays:?}");

    let role = &owner.name;
    let right = "SET ON PARAMETER symancy.restored_to";
    superuser
        .batch_execute(&format!("GRANT {right} TO {role}"))
        .await?;
    let lifted = type_in_group(&world, "restore", "finish").await?;
    superuser
        .batch_execute(&format!("REVOKE {right} FROM {role}"))
        .await?;
    assert_eq!(lifted.code, Some(0), "{lifted:?}");
    let none = type_in_group(&world, "restore", "finish").await?;
    assert!(none.err.contains("no mark"), "{none:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_refused_behind_a_pooler_whose_sessions_are_older_than_the_mark() -> anyhow::Result<()>
{
    let mut world = World::new().await?;
    world.set("DATABASE_STATEMENT_CACHE", "off");
    let refused = type_in_group(&world, "restore", "finish --since 2026-11-30T10:00:00Z").await?;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("past the pooler"), "{refused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_a_redis_cluster_that_is_away_is_named_and_the_others_are_emptied()
-> anyhow::Result<()> {
    let redis = ClusterRedis::start().await?;
    let mut world = World::new().await?;
    world.set("REDIS_URL", redis.url());
    world.set("REDIS_CLUSTER_NODES", "127.0.0.1:1");
    let now = Utc::now().format("%FT%TZ");
    let done = type_in_group(&world, "restore", &format!("finish --since {now}")).await?;
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.err.contains("Redis at 127.0.0.1:1"), "{done:?}");
    Ok(())
}
