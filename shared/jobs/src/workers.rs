//! The workers that run. Each writes periodically that it does: leases tell only of those that have a job.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{Double, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use schema::job_workers;
use serde::Serialize;

/// How often a worker is to [note] that it runs.
pub const NOTED_EVERY: Duration = Duration::from_secs(15);

/// A worker that has not noted it for so many seconds is gone.
pub const GONE_SECONDS: f64 = 60.0;

/// A worker that has run within the last day.
#[derive(Clone, Debug, PartialEq, QueryableByName, Serialize)]
pub struct Seen {
    /// As in `jobs.worker`.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// `GIT_SHA`, or the version of the program.
    #[diesel(sql_type = Text)]
    pub release: String,
    #[diesel(sql_type = Timestamptz)]
    pub started_at: DateTime<Utc>,
    /// Since it noted last that it runs, by the clock of Postgres.
    #[diesel(sql_type = Double)]
    pub silent_seconds: f64,
}

impl Seen {
    /// Whether it runs, as far as can be seen.
    pub fn runs(&self) -> bool {
        self.silent_seconds < GONE_SECONDS
    }
}

/// Notes that a worker runs.
///
/// # Errors
/// Those of the database.
pub async fn note(conn: &mut AsyncPgConnection, name: &str, release: &str) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO job_workers (name, release) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET seen_at = now()",
    )
    .bind::<Text, _>(name)
    .bind::<Text, _>(release)
    .execute(conn)
    .await
    .map(drop)
}

/// A worker has stopped in good order: it is not missed.
///
/// # Errors
/// Those of the database.
pub async fn forget(conn: &mut AsyncPgConnection, name: &str) -> QueryResult<()> {
    diesel::delete(job_workers::table.find(name))
        .execute(conn)
        .await
        .map(drop)
}

/// The workers of the last day, those that were seen last first; at most a thousand.
///
/// # Errors
/// Those of the database.
pub async fn seen(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Seen>> {
    diesel::sql_query(
        "SELECT name, release, started_at,
             GREATEST(extract(epoch FROM now() - seen_at), 0)::double precision AS silent_seconds
         FROM job_workers ORDER BY seen_at DESC, name LIMIT 1000",
    )
    .load(conn)
    .await
}

/// Those that ended without a word, a day later.
pub const PRUNE: &[&str] = &["DELETE FROM job_workers WHERE name IN (
         SELECT name FROM job_workers WHERE seen_at < now() - interval '1 day'
         LIMIT $1 FOR UPDATE SKIP LOCKED)"];
