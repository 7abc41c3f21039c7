//! A database for each test, copied from a template that is migrated once a process.

use anyhow::Context;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use tokio::sync::OnceCell;
use url::Url;
use uuid::Uuid;

/// Tests may have this one global: it saves each of them a migration.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A database that is dropped with this value.
pub struct TestDatabase {
    pub url: String,
    name: String,
}

impl TestDatabase {
    /// Creates one. Needs `TEST_DATABASE_URL`, which `make test` sets.
    pub async fn create() -> anyhow::Result<Self> {
        let template = TEMPLATE.get_or_try_init(template).await?;
        let name = fresh_name();
        admin(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        Ok(Self {
            url: url_of(&name)?,
            name,
        })
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A runtime of its own: the test's may be gone already.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(admin(&drop))
        });
        if let Ok(Err(why)) = dropped.join() {
            eprintln!("the test database {} is left behind: {why:#}", self.name);
        }
    }
}

async fn template() -> anyhow::Result<String> {
    let name = fresh_name();
    admin(&format!("CREATE DATABASE {name}")).await?;
    let url = url_of(&name)?;
    shared::db::migrate(&url).await?;
    // Plans are the affair of the tests about them.
    AsyncPgConnection::establish(&url)
        .await?
        .batch_execute(
            "UPDATE plans SET daily_analyses_limit = NULL, monthly_analyses_limit = NULL
             WHERE tier = 'FREE'",
        )
        .await?;
    Ok(name)
}

fn fresh_name() -> String {
    format!("symancy_test_{}", Uuid::now_v7().simple())
}

pub(crate) fn base() -> anyhow::Result<Url> {
    let url = std::env::var("TEST_DATABASE_URL")
        .context("TEST_DATABASE_URL is not set; run the tests with `make test`")?;
    Ok(url.parse()?)
}

fn url_of(name: &str) -> anyhow::Result<String> {
    let mut url = base()?;
    url.set_path(name);
    Ok(url.into())
}

async fn admin(statement: &str) -> anyhow::Result<()> {
    let mut conn = AsyncPgConnection::establish(base()?.as_str()).await?;
    conn.batch_execute(statement)
        .await
        .with_context(|| statement.to_owned())
}
