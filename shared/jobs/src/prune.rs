//! Forgetting what is over: ended jobs, and the rows that features keep only for a while. In small
//! batches, so that no statement holds anything for long.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::chore;
use kernel::db::first_id_of;

chore! {
    /// Deletes ended jobs and old rows. Running twice deletes nothing more.
    Prune, "retention.prune.v1", 1_800
}

/// How long ended jobs are kept.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Done and cancelled jobs.
    pub finished: Duration,
    /// Dead jobs: an operator may want to look at them, or to send them round again.
    pub dead: Duration,
}

/// Rows of one statement.
pub const BATCH: usize = 2_000;

/// Old rows: keys of limits that no job has used for a day.
pub const PRUNE: &[&str] = &["DELETE FROM job_keys WHERE key IN (
         SELECT key FROM job_keys WHERE used_at < now() - interval '1 day'
           AND busy_until < now() AND next_slot < now()
         LIMIT $1 FOR UPDATE SKIP LOCKED)"];

/// Deletes up to [`BATCH`] jobs that ended longer ago than is to be kept; returns how many. Walks
/// the primary key, whose ids grow with the time of creation (UUIDv7), up to those that are too
/// young anyway: no further index is needed, and what is kept is not looked at.
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

/// Deletes up to [`BATCH`] old rows by each statement of each list; the size of the batch is their
/// `$1`. Returns how many, and whether there may be more.
///
/// # Errors
/// Those of the database.
pub async fn prune_rows(
    conn: &mut AsyncPgConnection,
    lists: &[&[&'static str]],
) -> QueryResult<(usize, bool)> {
    let (mut deleted, mut more) = (0, false);
    for list in lists {
        for statement in *list {
            let statement = diesel::sql_query(*statement).bind::<BigInt, _>(BATCH as i64);
            let rows = statement.execute(conn).await?;
            deleted += rows;
            more |= rows >= BATCH;
        }
    }
    Ok((deleted, more))
}
