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

/// Publishes what Postgres says of its archive. Where nothing was ever archived its age is infinite, so that an archive
/// that was never set up is an alarm; nothing is published where none is `wanted` and Postgres keeps none.
///
/// # Errors
/// Those of the database.
pub async fn archiver(conn: &mut AsyncPgConnection, wanted: bool) -> Result<(), Error> {
    let said: Archiver = diesel::sql_query(ARCHIVER).get_result(conn).await?;
    if said.archives || wanted {
        gauge!("wal_archive_failures").set(said.failures as f64);
        gauge!("wal_archive_age_seconds").set(said.age.unwrap_or(f64::INFINITY));
    }
    Ok(())
}

/// When the newest backup and the newest drill ended. Times and not ages, because they grow old also while the bucket
/// does not answer.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    backup: Option<DateTime<Utc>>,
    drill: Option<DateTime<Utc>>,
}

impl Times {
    /// Reads them.
    ///
    /// # Errors
    /// Those of the bucket.
    pub async fn read(storage: &dyn Storage) -> Result<Self, Error> {
        let backups = shelf::backups(storage).await?;
        let drill = shelf::last_drill(storage).await?;
        Ok(Self {
            backup: backups.last().map(|newest| newest.finished_at),
            drill: drill.map(|drill| drill.ended_at),
        })
    }

    /// Publishes how old they are now; what there is none of is infinitely old.
    pub fn publish(&self, now: DateTime<Utc>) {
        let age =
            |at: Option<DateTime<Utc>>| at.map_or(f64::INFINITY, |at| (now - at).as_seconds_f64());
        gauge!("backup_age_seconds").set(age(self.backup));
        gauge!("restore_drill_age_seconds").set(age(self.drill));
    }
}
