//! A database for each test, copied from a template that all test programs share.

mod sweep;
mod template;

use anyhow::Context;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use url::Url;
use uuid::Uuid;

/// A database that is dropped with this value.
pub struct TestDatabase {
    pub url: String,
    name: String,
}

impl TestDatabase {
    /// Creates one. Needs `TEST_DATABASE_URL`, which `make test` sets.
    pub async fn create() -> anyhow::Result<Self> {
        let mut admin = admin().await?;
        let template = template::prepared(&mut admin).await?;
        let name = fresh_name();
        run(
            &mut admin,
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )
        .await?;
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
            runtime.block_on(async { run(&mut admin().await?, &drop).await })
        });
        if let Ok(Err(why)) = dropped.join() {
            eprintln!("the test database {} is left behind: {why:#}", self.name);
        }
    }
}

/// Every database of the tests begins with this.
const PREFIX: &str = "symancy_test_";

/// A name that tells when it was given: the sweep finds by it what a killed process left behind.
fn fresh_name() -> String {
    format!("{PREFIX}{}", Uuid::now_v7().simple())
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

/// A connection to the database from which others are created and dropped.
async fn admin() -> anyhow::Result<AsyncPgConnection> {
    Ok(AsyncPgConnection::establish(base()?.as_str()).await?)
}

async fn run(conn: &mut AsyncPgConnection, statement: &str) -> anyhow::Result<()> {
    conn.batch_execute(statement)
        .await
        .with_context(|| statement.to_owned())
}
