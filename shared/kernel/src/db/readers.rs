//! Where lists and counts are read that may be seconds old: a standby of Postgres, or the primary while the standby is
//! away or too far behind.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Double};
use diesel_async::RunQueryDsl;
use metrics::counter;
use tokio::time::timeout;

use super::{Address, Conn, DbConfig, Pool, address, pool};
use crate::env::{Env, Setting};
use crate::error::Error;
use crate::telemetry::metrics::Metric;

pub(super) const URL: Setting = Setting::optional(
    "DATABASE_REPLICA_URL",
    "postgres://symancy:password@127.0.0.1:5433/symancy",
    "A standby of Postgres, for operators' lists and analytics, which may be some seconds old. Not set: the primary \
     answers them.",
)
.secret();
pub(super) const LAG: Setting = Setting::new(
    "DATABASE_REPLICA_LAG_SECONDS",
    "30",
    "The standby is not asked while the newest transaction that it has is older than this. Each worker writes one every \
     15 seconds.",
);

const PASSED_OVER: &str = "db_replica_passed_over_total";

/// All of this module.
pub(super) const METRIC: Metric = Metric::counter(
    PASSED_OVER,
    "Lists that the primary was asked for, because the replica was away or behind",
);

/// The replica of the settings, and how far behind it may be.
pub(super) fn replica(env: &mut Env<'_>) -> Option<(Address, Duration)> {
    let lag = Duration::from_secs(env.value(&LAG));
    let url = env.optional(&URL)?;
    Some((address(env, &URL, &url), lag))
}

/// How long a standby may take to say how it is.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long it is not asked after it was away or behind.
const PAUSE: Duration = Duration::from_secs(5);

/// The age of what it knows, by the newest transaction: also one that hears nothing from the primary grows old. A server
/// that is no standby is none to read from: what it has may be another database's, or that of a year ago.
const LOOK: &str = "SELECT pg_is_in_recovery() AS is_standby,
    coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 'infinity')::float8 AS age";

#[derive(QueryableByName)]
struct Seen {
    #[diesel(sql_type = Bool)]
    is_standby: bool,
    #[diesel(sql_type = Double)]
    age: f64,
}

/// Lends connections for lists and counts. Cheap to clone.
#[derive(Clone)]
pub struct Readers {
    primary: Pool,
    replica: Option<Arc<Replica>>,
}

struct Replica {
    pool: Pool,
    lag: Duration,
    not_before: Mutex<Option<Instant>>,
}

impl Readers {
    /// Opens no connection yet. `primary` answers whenever the replica of the settings does not.
    ///
    /// # Errors
    /// `Internal` if the pool cannot be built.
    pub fn new(config: &DbConfig, primary: &Pool) -> Result<Self, Error> {
        let build = |(address, lag): &(Address, Duration)| {
            Ok::<_, Error>(Arc::new(Replica {
                pool: pool(address, config)?,
                lag: *lag,
                not_before: Mutex::new(None),
            }))
        };
        Ok(Self {
            primary: primary.clone(),
            replica: config.replica.as_ref().map(build).transpose()?,
        })
    }

    /// A connection to read with; what was written a moment ago may be missing there.
    ///
    /// # Errors
    /// `Unavailable` if the primary has to answer, and none becomes free in time.
    pub async fn get(&self) -> Result<Conn, Error> {
        if let Some(replica) = &self.replica {
            if let Some(conn) = replica.get().await {
                return Ok(conn);
            }
            counter!(PASSED_OVER).increment(1);
        }
        Ok(self.primary.get().await?)
    }
}

impl Replica {
    async fn get(&self) -> Option<Conn> {
        if self.pause().is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let looked = timeout(PATIENCE, self.look()).await;
        let why = match looked {
            Ok(Ok((conn, seen))) if seen.is_standby && seen.age <= self.lag.as_secs_f64() => {
                return Some(conn);
            }
            Ok(Ok((
                _,
                Seen {
                    is_standby: false, ..
                },
            ))) => "it is no standby".to_owned(),
            Ok(Ok((_, seen))) => format!("its newest transaction is {:.0} s old", seen.age),
            Ok(Err(why)) => why.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        tracing::warn!(
            error = why,
            "the replica is passed over; the primary answers"
        );
        *self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + PAUSE);
        None
    }

    fn pause(&self) -> Option<Instant> {
        *self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn look(&self) -> Result<(Conn, Seen), Error> {
        let mut conn = self.pool.get().await?;
        let seen = diesel::sql_query(LOOK).get_result(&mut conn).await?;
        Ok((conn, seen))
    }
}
