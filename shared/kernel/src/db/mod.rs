//! The pool of connections to Postgres, and applying migrations.

mod address;
mod definitions;
mod first_id;
mod migrate;
pub mod pg_enum;
mod pooler;
pub mod raw_json;
mod readers;
pub mod restored;
mod rights;
pub mod timing;
mod verify;

use std::time::Duration;

use ::deadpool::managed::{Hook, HookError, Metrics};
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::deadpool;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError, RecyclingMethod,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::FutureExt;
use metrics::gauge;

use crate::env::{Env, Section, Setting};
use crate::error::Error;
use crate::telemetry::metrics::Metric;
use crate::tls::Terms;

pub use address::Address;
pub use definitions::Definition;
pub use first_id::first_id_of;
pub use migrate::{Found, Lost, down, migrate, plan, state, up};
pub use readers::Readers;
pub use rights::Right;

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

const URL: Setting = Setting::required(
    "DATABASE_URL",
    "postgres://symancy:password@127.0.0.1:5432/symancy",
    "Address of Postgres. Over a network with sslmode=require, verify-ca or verify-full, as libpq \
     understands them, and sslrootcert for an authority of your own.",
)
.secret();
const POOL_SIZE: Setting = Setting::new("DATABASE_POOL_SIZE", "16", "Connections of one process.");
const WAIT: Setting = Setting::new(
    "DATABASE_WAIT_MS",
    "5000",
    "How long a request waits for a free connection (milliseconds).",
);

const MIGRATE: Setting = Setting::new(
    "MIGRATE",
    "true",
    "Whether a program migrates the database when it starts, if its role may. Otherwise `symancy migrate \
     up` does it before, and the program starts only on a database that has all its migrations.",
);

const CACHE: Setting = Setting::new(
    "DATABASE_STATEMENT_CACHE",
    "on",
    "on: statements stay prepared in the sessions of Postgres. off: DATABASE_URL is a pooler that lends sessions by \
     the transaction (PgBouncer, pool_mode=transaction), and no session has to remember anything. Programs do not \
     migrate then: `symancy migrate up` does, with the address of Postgres itself. It holds for DATABASE_REPLICA_URL, too.",
);

pub const SETTINGS: Section = Section {
    title: "Postgres",
    settings: &[
        URL,
        POOL_SIZE,
        WAIT,
        MIGRATE,
        CACHE,
        readers::URL,
        readers::LAG,
    ],
};

/// The address of Postgres, and the size of the pool.
#[derive(Clone, Debug)]
pub struct DbConfig {
    pub address: Address,
    /// Connections of one process.
    pub pool_size: usize,
    /// How long a task waits for a free connection before it gives up with a 503.
    pub wait: Duration,
    /// Whether to migrate at the start.
    pub migrate: bool,
    /// Whether to work on a restored database that is not brought up to date yet: `symancy restore finish` alone.
    pub even_restored: bool,
    /// A standby for lists and counts, and how far behind it may be.
    pub replica: Option<(Address, Duration)>,
}

impl DbConfig {
    /// Reads these settings; faults are collected in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let url = env.required(&URL);
        Self {
            address: address(env, &URL, &url),
            pool_size: env.value(&POOL_SIZE),
            wait: Duration::from_millis(env.value(&WAIT)),
            migrate: env.value(&MIGRATE),
            even_restored: false,
            replica: readers::replica(env),
        }
    }
}

/// What is wrong with it is a fault, and the default's example stands for it until all faults are known.
fn address(env: &mut Env<'_>, setting: &Setting, url: &str) -> Address {
    let terms = Terms::read(env);
    let example = || {
        URL.shown()
            .parse()
            .unwrap_or_else(|why| panic!("the example: {why}"))
    };
    let is_pooled = is_pooled(env);
    if url.is_empty() {
        return example();
    }
    let parsed = Address::parse(url, &terms.roots);
    let parsed = parsed.and_then(|address| match is_pooled {
        true => address.pooled(),
        false => Ok(address),
    });
    match parsed {
        Ok(address) => {
            env.leads(setting, address.is_local());
            let is_safe = address.is_local() || address.is_encrypted();
            terms.demand(env, setting, is_safe, "add ?sslmode=verify-full");
            address
        }
        Err(why) => {
            env.fault(setting, why);
            example()
        }
    }
}

fn is_pooled(env: &mut Env<'_>) -> bool {
    let cache: String = env.value(&CACHE);
    if !["on", "off"].contains(&cache.as_str()) {
        env.fault(&CACHE, "it must be on or off");
    }
    cache == "off"
}

/// Builds the pool; the first use connects.
///
/// # Errors
/// `Internal` if the pool cannot be built.
pub fn connect(config: &DbConfig) -> Result<Pool, Error> {
    pool(&config.address, config)
}

fn pool(address: &Address, config: &DbConfig) -> Result<Pool, Error> {
    let mut settings = ManagerConfig::default();
    let place = address.place();
    let (address, even_restored) = (address.clone(), config.even_restored);
    settings.custom_setup = Box::new(move |_| {
        let address = address.clone();
        async move { open(&address, even_restored).await }.boxed()
    });
    // A closed connection is noticed without a query; see `check_idle`.
    settings.recycling_method = RecyclingMethod::Fast;
    let manager =
        AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config(place, settings);
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

/// Each new connection looks at the mark of a restored database: a program that runs meanwhile loses all that it
/// has, so that none serves one.
async fn open(address: &Address, even_restored: bool) -> ConnectionResult<AsyncPgConnection> {
    let mut conn = address.connect().await?;
    let refuse = if even_restored { "" } else { restored::REFUSE };
    conn.batch_execute(&format!("{SESSION}; {refuse}"))
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// The metrics of connections and of what is done with them.
pub const METRICS: &[Metric] = &[
    timing::METRIC,
    readers::METRIC,
    Metric::gauge(
        "db_connection_pool_used",
        "Connections to Postgres that are in use",
    ),
    Metric::gauge(
        "db_connection_pool_max",
        "The most connections to Postgres that this process opens",
    ),
];

/// How often the connections in use are counted. Prometheus asks less often.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// Counts the connections in use, again and again. Never ends.
pub async fn watch(pool: Pool) {
    let mut tick = tokio::time::interval(COUNT_EVERY);
    loop {
        tick.tick().await;
        let status = pool.status();
        let used = status.size.saturating_sub(status.available);
        gauge!("db_connection_pool_used").set(used as f64);
        gauge!("db_connection_pool_max").set(status.max_size as f64);
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
