//! The pool of connections to Postgres, and applying migrations.

mod definitions;
mod first_id;
pub mod pg_enum;
pub mod raw_json;

use std::time::Duration;

use ::deadpool::managed::{Hook, HookError, Metrics};
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::sql_types::BigInt;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::deadpool;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError, RecyclingMethod,
};
use diesel_async::{
    AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection,
};
use diesel_migrations::MigrationHarness;

use futures_util::FutureExt;

use crate::env::{Env, Section, Setting};
use crate::error::Error;
use crate::retry;

pub use definitions::Definition;
pub use first_id::first_id_of;

/// Connections to Postgres, shared by all tasks of a process.
pub type Pool = deadpool::Pool<AsyncPgConnection>;
/// A connection taken from the pool.
pub type Conn = deadpool::Object<AsyncPgConnection>;

/// The texts before, between and behind `$1`, `$2`, … of a statement that has each once and in this
/// order: for a diesel query of one's own, which is prepared once a connection, while one of `sql_query`
/// is prepared with each call.
pub fn around_arguments(statement: &str) -> impl Iterator<Item = &str> {
    let texts = statement.split('$');
    texts.map(|text| text.trim_start_matches(|letter: char| letter.is_ascii_digit()))
}

/// The key of the advisory lock, the same in every process: only one migrates at a time.
const MIGRATION_LOCK: i64 = 0x5379_6d61_6e63_7901;

const URL: Setting = Setting::required(
    "DATABASE_URL",
    "postgres://symancy:password@127.0.0.1:5432/symancy",
    "Address of Postgres.",
)
.secret();
const POOL_SIZE: Setting = Setting::new("DATABASE_POOL_SIZE", "16", "Connections of one process.");
const WAIT: Setting = Setting::new(
    "DATABASE_WAIT_MS",
    "5000",
    "How long a request waits for a free connection (milliseconds).",
);

pub const SETTINGS: Section = Section {
    title: "Postgres",
    settings: &[URL, POOL_SIZE, WAIT],
};

/// The address of Postgres, and the size of the pool.
#[derive(Clone)]
pub struct DbConfig {
    /// `postgres://user:password@host:port/database`
    pub url: String,
    /// Connections of one process.
    pub pool_size: usize,
    /// How long a task waits for a free connection before it gives up with a 503.
    pub wait: Duration,
}

impl std::fmt::Debug for DbConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Postgres(pool of {})", self.pool_size)
    }
}

impl DbConfig {
    /// Reads these settings; faults are collected in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            url: env.required(&URL),
            pool_size: env.value(&POOL_SIZE),
            wait: Duration::from_millis(env.value(&WAIT)),
        }
    }
}

/// Builds the pool; the first use connects.
///
/// # Errors
/// `Internal` if the pool cannot be built.
pub fn connect(config: &DbConfig) -> Result<Pool, Error> {
    let mut settings = ManagerConfig::default();
    settings.custom_setup = Box::new(|url| open(url).boxed());
    // A closed connection is noticed without a query; see `check_idle`.
    settings.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config(
        config.url.as_str(),
        settings,
    );
    Pool::builder(manager)
        .max_size(config.pool_size)
        .wait_timeout(Some(config.wait))
        .create_timeout(Some(config.wait))
        .recycle_timeout(Some(config.wait))
        .pre_recycle(Hook::async_fn(|conn, metrics| {
            check_idle(conn, metrics).boxed()
        }))
        .runtime(::deadpool::Runtime::Tokio1)
        .build()
        .map_err(|why| Error::internal(format!("the database pool cannot be built: {why}")))
}

/// A connection that was idle for longer is checked with a query before it is used again.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Detects a host that vanished without closing its connections. Only idle connections are checked:
/// a query before each use would double the round trips of most requests.
async fn check_idle(
    conn: &mut AsyncPgConnection,
    metrics: &Metrics,
) -> Result<(), HookError<PoolError>> {
    if metrics.last_used() < TRUSTED_FOR {
        return Ok(());
    }
    match diesel::sql_query("SELECT 1").execute(conn).await {
        Ok(_) => Ok(()),
        Err(why) => Err(HookError::Backend(PoolError::QueryError(why))),
    }
}

/// Settings of every connection of the pool. None of our statements takes seconds; a session that a
/// cancelled task left in a transaction must not hold its locks for long.
const SESSION: &str = "SET statement_timeout = '30s';
     SET lock_timeout = '10s';
     SET idle_in_transaction_session_timeout = '10s'";

/// After so many seconds without a TCP acknowledgement the host counts as gone: without this a query
/// to it hangs for a quarter of an hour.
const UNACKNOWLEDGED_SECONDS: &str = "10";

async fn open(url: &str) -> ConnectionResult<AsyncPgConnection> {
    let mut conn = AsyncPgConnection::establish(&with_timeout(url)).await?;
    conn.batch_execute(SESSION)
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

fn with_timeout(url: &str) -> String {
    let Ok(mut parsed) = url::Url::parse(url) else {
        return url.to_owned();
    };
    if !parsed
        .query_pairs()
        .any(|(name, _)| name == "tcp_user_timeout")
    {
        parsed
            .query_pairs_mut()
            .append_pair("tcp_user_timeout", UNACKNOWLEDGED_SECONDS);
    }
    parsed.into()
}

/// Applies the pending migrations, and creates the definitions that are missing or have changed. Safe
/// to call from every process at once: an advisory lock lets one do it while the others wait, and those
/// then find nothing to do. A process that restarts while a newer release is being deployed leaves the
/// definitions alone: they are those of the newer one.
///
/// # Errors
/// A migration that fails, or a definition: it is rolled back. While Postgres is unreachable, this waits.
pub async fn migrate(
    url: &str,
    migrations: impl MigrationSource<Pg> + Send + 'static,
    definitions: &[Definition<'_>],
) -> Result<(), Error> {
    let mut conn = established(url).await;
    diesel::sql_query("SELECT pg_advisory_lock($1)")
        .bind::<BigInt, _>(MIGRATION_LOCK)
        .execute(&mut conn)
        .await?;
    // The harness blocks, so it gets a thread of its own. The lock belongs to the session: it
    // ends with this connection, however this ends.
    let (mut conn, is_newest) = tokio::task::spawn_blocking(move || run_pending(conn, &migrations))
        .await
        .map_err(|why| Error::internal(format!("the migration was interrupted: {why}")))?
        .map_err(|why| Error::internal(format!("a migration failed: {why}")))?;
    if is_newest {
        definitions::apply(&mut conn, definitions).await?;
    }
    Ok(())
}

/// Returns the connection, and whether the database has no migration but these.
fn run_pending(
    conn: AsyncPgConnection,
    source: &impl MigrationSource<Pg>,
) -> diesel::migration::Result<(AsyncPgConnection, bool)> {
    let mut harness = AsyncMigrationHarness::new(conn);
    let mut migrations = source.migrations()?;
    migrations.sort_unstable_by(|one, other| one.name().version().cmp(&other.name().version()));
    let applied = harness.applied_migrations()?;
    let is_known = |version: &MigrationVersion<'_>| {
        let mut all = migrations.iter();
        all.any(|one| one.name().version() == *version)
    };
    let is_newest = applied.iter().all(is_known);
    migrations.retain(|one| !applied.contains(&one.name().version()));
    harness.run_migrations(&migrations)?;
    Ok((harness.into_inner(), is_newest))
}

/// Connects, retrying until Postgres is reachable: a process may start before its database.
async fn established(url: &str) -> AsyncPgConnection {
    let mut failed = 0;
    loop {
        match AsyncPgConnection::establish(url).await {
            Ok(conn) => return conn,
            Err(why) => {
                failed += 1;
                tracing::warn!(error = %why, "Postgres cannot be reached; trying again");
                tokio::time::sleep(retry::reconnect_delay(failed)).await;
            }
        }
    }
}

/// Checks that Postgres answers.
///
/// # Errors
/// `Unavailable` while it cannot be reached.
pub async fn ping(pool: &Pool) -> Result<(), Error> {
    diesel::sql_query("SELECT 1")
        .execute(&mut pool.get().await?)
        .await?;
    Ok(())
}
