//! What a command works with: a connection to the ledger, and the way to wake workers.

use std::path::Path;

use audit::model::Origin;
use audit::operator;
use jobs::push::Pusher;
use kernel::db;
use kernel::db::{Conn, DbConfig};
use kernel::env::{self, ConfigError, Env};
use kernel::publish::Publisher;
use kernel::redis::RedisConfig;
use kernel::telemetry::chain;
use serde_json::Value;

use uuid::Uuid;

use crate::failure::{Failure, to_stderr};

/// The connections of the operator's command.
pub(crate) struct Operator {
    pub conn: Conn,
    pub pusher: Pusher,
    pub publisher: Publisher,
}

impl Operator {
    /// Connects to what `DATABASE_URL` and `REDIS_URL` name.
    pub(crate) async fn connect() -> Result<Self, Failure> {
        let (mut db, redis) = settings(|env| (DbConfig::read(env), RedisConfig::read(env)))?;
        db.pool_size = 1;
        let pusher = Pusher::new(&redis)
            .map_err(|why| Failure::Refused(format!("REDIS_URL cannot be used: {why}.")))?;
        let publisher = Publisher::new(&redis)
            .map_err(|why| Failure::Refused(format!("REDIS_URL cannot be used: {why}.")))?;
        let pool = db::connect(&db).map_err(|why| Failure::Refused(format!("{why}.")))?;
        let conn = pool.get().await.map_err(|why| away(&db, &chain(&why)))?;
        Ok(Self {
            conn,
            pusher,
            publisher,
        })
    }
}

impl Operator {
    /// Writes an action into the audit log.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn note(
        &mut self,
        action: &'static str,
        job: Option<Uuid>,
        about: Value,
    ) -> Result<(), Failure> {
        let (origin, by) = (Origin::own("operator"), current_operator_name());
        operator::note(&mut self.conn, &origin, &by, action, job, about).await?;
        Ok(())
    }
}

/// Reads settings of this process; warnings are printed.
pub(crate) fn settings<T>(read: impl FnOnce(&mut Env<'_>) -> T) -> Result<T, Failure> {
    let (settings, warnings) = env::of_process(read).map_err(|ConfigError(faults)| {
        let faults: Vec<String> = faults.into_iter().map(|fault| fault + ".").collect();
        Failure::Refused(faults.join("\n"))
    })?;
    for warning in warnings {
        to_stderr(&format!("{warning}."));
    }
    Ok(settings)
}

/// Names host and port only: the address holds a password.
fn away(db: &DbConfig, cause: &str) -> Failure {
    let place = format!("Postgres at {}", db.address.place());
    let cause = cause.rsplit("creating a new object: ").next();
    match cause.filter(|cause| !SILENCE.iter().any(|silence| cause.starts_with(silence))) {
        None => Failure::Refused(format!("{place} does not answer.")),
        Some(why) => Failure::Refused(format!("{place} refused the connection: {why}.")),
    }
}

/// The pool's errors for a server that cannot be reached; it does not pass on the cause below.
const SILENCE: [&str; 3] = [
    "error connecting to server",
    "error communicating with the server",
    "Timeout occurred",
];

/// `user@host`, for the audit log and beside a pause.
pub(crate) fn current_operator_name() -> String {
    let named = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let user = named("USER").or_else(|| named("LOGNAME"));
    let user = user.map_or("unknown".into(), |user| user.to_string_lossy().into_owned());
    let host = std::fs::read_to_string(Path::new("/proc/sys/kernel/hostname"));
    match host.as_deref().map(str::trim) {
        Ok(host) if !host.is_empty() => format!("{user}@{host}"),
        _ => user,
    }
}
