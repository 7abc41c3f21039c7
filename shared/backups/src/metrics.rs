//! The metrics of the backups.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Double, Nullable};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use kernel::telemetry::metrics::Metric;
use metrics::gauge;
use vendors::storage::Storage;

use crate::shelf;

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::gauge("backup_age_seconds", "Age of the newest whole backup"),
    Metric::gauge(
        "restore_drill_age_seconds",
        "How long ago a backup was last restored with success",
    ),
    Metric::gauge(
        "wal_archive_failures",
        "Files of the write-ahead log that could not be archived, since the statistics of Postgres begin",
    ),
    Metric::gauge(
        "wal_archive_age_seconds",
        "How long ago the last file of the write-ahead log was archived",
    ),
];

#[derive(QueryableByName)]
struct Archiver {
    #[diesel(sql_type = Bool)]
    archives: bool,
    #[diesel(sql_type = BigInt)]
    failures: i64,
    #[diesel(sql_type = Nullable<Double>)]
    age: Option<f64>,
}

const ARCHIVER: &str =
    "SELECT current_setting('archive_mode') <> 'off' AS archives, failed_count AS failures,
        extract(epoch FROM now() - last_archived_time)::double precision AS age
    FROM pg_stat_archiver";

/// Publishes what Postgres says of its archive; nothing where it keeps none.
///
/// # Errors
/// Those of the database.
pub async fn archiver(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let said: Archiver = diesel::sql_query(ARCHIVER).get_result(conn).await?;
    if said.archives {
        gauge!("wal_archive_failures").set(said.failures as f64);
        if let Some(age) = said.age {
            gauge!("wal_archive_age_seconds").set(age);
        }
    }
    Ok(())
}

/// Publishes how old backup and drill are. Without any the gauge is not there, which is an alarm of its own.
///
/// # Errors
/// Those of the bucket.
pub async fn ages(storage: &dyn Storage, now: DateTime<Utc>) -> Result<(), Error> {
    let age = |at: DateTime<Utc>| (now - at).as_seconds_f64();
    if let Some(newest) = shelf::backups(storage).await?.last() {
        gauge!("backup_age_seconds").set(age(newest.finished_at));
    }
    if let Some(drill) = shelf::last_drill(storage).await? {
        gauge!("restore_drill_age_seconds").set(age(drill.ended_at));
    }
    Ok(())
}
