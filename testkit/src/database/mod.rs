//! A database for each test, copied from a template that all test programs share.

mod login;
mod sweep;
mod template;

use anyhow::Context;
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use url::Url;
use uuid::Uuid;

pub use login::Login;

/// A migrated database that is dropped with this value.
pub struct TestDatabase {
    pub url: String,
    name: String,
}

impl TestDatabase {
    /// Creates one. Needs `TEST_DATABASE_URL`, which `make test` sets.
    ///
    /// # Errors
    /// Those of Postgres, and of the migrations.
    pub async fn create() -> anyhow::Result<Self> {
        let mut admin = connect_to_server().await?;
        let template = template::prepared(&mut admin).await?;
        let name = new_name();
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

    /// Its address, as the programs take it.
    ///
    /// # Errors
    /// An address that the programs refuse.
    pub fn address(&self) -> anyhow::Result<kernel::db::Address> {
        self.url.parse().map_err(anyhow::Error::msg)
    }

    /// A new connection to it.
    ///
    /// # Errors
    /// Those of Postgres.
    pub async fn connect(&self) -> anyhow::Result<AsyncPgConnection> {
        Ok(AsyncPgConnection::establish(&self.url).await?)
    }

    /// Runs statements in a connection of their own.
    ///
    /// # Errors
    /// Those of Postgres.
    pub async fn sql(&self, statements: &str) -> anyhow::Result<()> {
        run(&mut self.connect().await?, statements).await
    }

    /// The result of a `SELECT count(*) AS count ...`.
    ///
    /// # Errors
    /// Those of Postgres.
    pub async fn count(&self, query: &str) -> anyhow::Result<i64> {
        Ok(count(&mut self.connect().await?, query).await?)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        run_at_the_end(format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            self.name
        ));
    }
}

/// Runs a statement on the server while a value is dropped, and prints why if it fails.
fn run_at_the_end(statement: String) {
    // A runtime of its own: the test's may have ended.
    let ended = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let done =
            runtime.block_on(async { run(&mut connect_to_server().await?, &statement).await });
        done.with_context(|| statement)
    });
    if let Ok(Err(why)) = ended.join() {
        eprintln!("not cleaned up: {why:#}");
    }
}

/// The result of a `SELECT count(*) AS count ...`.
///
/// # Errors
/// Those of Postgres.
pub async fn count(conn: &mut AsyncPgConnection, query: &str) -> diesel::QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let row: Count = diesel::sql_query(query).get_result(conn).await?;
    Ok(row.count)
}

/// A connection to the database from which the tests' databases are created and dropped.
///
/// # Errors
/// `TEST_DATABASE_URL` is not set, or Postgres cannot be reached.
pub async fn connect_to_server() -> anyhow::Result<AsyncPgConnection> {
    Ok(AsyncPgConnection::establish(server_url()?.as_str()).await?)
}

/// The name of every test database begins with this.
const PREFIX: &str = "symancy_test_";

/// A name that contains the time, by which the sweep finds what a killed process left behind.
fn new_name() -> String {
    format!("{PREFIX}{}", Uuid::now_v7().simple())
}

fn server_url() -> anyhow::Result<Url> {
    let url = std::env::var("TEST_DATABASE_URL")
        .context("TEST_DATABASE_URL is not set; run the tests with `make test`")?;
    Ok(url.parse()?)
}

fn url_of(name: &str) -> anyhow::Result<String> {
    let mut url = server_url()?;
    url.set_path(name);
    Ok(url.into())
}

async fn run(conn: &mut AsyncPgConnection, statement: &str) -> anyhow::Result<()> {
    conn.batch_execute(statement)
        .await
        .with_context(|| statement.to_owned())
}
