//! Retention: deletes ended jobs, and rows that features keep for a limited time. In small batches, so
//! that no statement holds locks for long.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::chore;
use kernel::db::first_id_of;

chore! {
    /// Deletes ended jobs and old rows. Idempotent.
    Prune, "retention.prune.v1", 1_800
}

/// How long ended jobs are kept.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Done and cancelled jobs.
    pub finished: Duration,
    /// Dead jobs: an operator may inspect or retry them.
    pub dead: Duration,
}

/// The most rows that one statement deletes.
pub const BATCH: usize = 2_000;

/// Old rows: keys of limits that no job has used for a day.
pub const PRUNE: &[&str] = &["DELETE FROM job_keys WHERE key IN (
         SELECT key FROM job_keys WHERE used_at < now() - interval '1 day'
           AND busy_until < now() AND next_slot < now()
         LIMIT $1 FOR UPDATE SKIP LOCKED)"];

/// Deletes up to [`BATCH`] jobs whose retention is over; returns how many. Scans the primary key, whose
/// ids grow with the time of creation (UUIDv7), up to the first id that is too young: no other index is
/// needed, and younger jobs are not read.
///
/// # Errors
/// Those of the database.
pub async fn prune_jobs(
    conn: &mut AsyncPgConnection,
    keep: Keep,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::sql_query(
        "WITH oldest AS (
             SELECT id FROM jobs
             WHERE id < $1
               AND ((state IN ('done', 'cancelled') AND finished_at < now() - make_interval(secs => $2))
                 OR (state = 'dead' AND finished_at < now() - make_interval(secs => $3)))
             ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED)
         DELETE FROM jobs USING oldest WHERE jobs.id = oldest.id",
    )
    .bind::<SqlUuid, _>(first_id_of(now - keep.finished.min(keep.dead)))
    .bind::<Double, _>(keep.finished.as_secs_f64())
    .bind::<Double, _>(keep.dead.as_secs_f64())
    .bind::<BigInt, _>(BATCH as i64)
    .execute(conn)
    .await
}

/// Deletes up to [`BATCH`] old rows by each statement; the size of the batch is their `$1`. Returns how
/// many, and whether there may be more.
///
/// # Errors
/// Those of the database.
pub async fn prune_rows(
    conn: &mut AsyncPgConnection,
    statements: &[&'static str],
) -> QueryResult<(usize, bool)> {
    let (mut deleted, mut more) = (0, false);
    for statement in statements {
        let statement = diesel::sql_query(*statement).bind::<BigInt, _>(BATCH as i64);
        let rows = statement.execute(conn).await?;
        deleted += rows;
        more |= rows >= BATCH;
    }
    Ok((deleted, more))
}
