//! Taking jobs from the ledger, and keeping them. Called by the worker's runtime alone.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Double, Integer, Jsonb, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

/// A job that is ours for as long as we renew its lease.
#[derive(Clone, Debug, QueryableByName)]
pub struct Claim {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Jsonb)]
    pub args: Value,
    /// Number of this attempt, from 1. Above `max_attempts` when the last allowed attempt
    /// ended with its worker: then the job is to be buried, not run.
    #[diesel(sql_type = Integer)]
    pub attempt: i32,
    #[diesel(sql_type = Integer)]
    pub max_attempts: i32,
    /// Proof of the claim: every write says `WHERE fence = mine`.
    #[diesel(sql_type = BigInt)]
    pub fence: i64,
}

impl Claim {
    /// Whether no further attempt is allowed after this one.
    pub fn is_last_attempt(&self) -> bool {
        self.attempt >= self.max_attempts
    }
}

/// Claims those of `ids` that are due, free and of one of `kinds`. Two workers with the same
/// ids never wait for each other and never get the same job.
///
/// # Errors
/// Those of the database; nothing is claimed then.
pub async fn claim(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
    kinds: &[&str],
    worker: &str,
    lease: Duration,
) -> QueryResult<Vec<Claim>> {
    diesel::sql_query(
        "WITH due AS (
             SELECT id FROM jobs
             WHERE id = ANY($1) AND kind = ANY($2) AND state = 'queued' AND run_at <= now()
             FOR UPDATE SKIP LOCKED)
         UPDATE jobs SET state = 'running', attempt = attempt + 1, fence = fence + 1,
             worker = $3, started_at = now(), lease_until = now() + make_interval(secs => $4)
         FROM due WHERE jobs.id = due.id
         RETURNING jobs.id, jobs.kind, jobs.args, jobs.attempt, jobs.max_attempts, jobs.fence",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(kinds)
    .bind::<Text, _>(worker)
    .bind::<Double, _>(lease.as_secs_f64())
    .get_results(conn)
    .await
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Renews the leases of `held` (id, fence) and returns the ids that are still ours. A job that
/// is missing in the answer has another owner by now: stop working on it.
///
/// # Errors
/// Those of the database.
pub async fn renew(
    conn: &mut AsyncPgConnection,
    held: &[(Uuid, i64)],
    lease: Duration,
) -> QueryResult<Vec<Uuid>> {
    let (ids, fences): (Vec<Uuid>, Vec<i64>) = held.iter().copied().unzip();
    let rows: Vec<Id> = diesel::sql_query(
        "UPDATE jobs SET lease_until = now() + make_interval(secs => $3)
         FROM unnest($1, $2) AS held (id, fence)
         WHERE jobs.id = held.id AND jobs.fence = held.fence AND jobs.state = 'running'
         RETURNING jobs.id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<BigInt>, _>(fences)
    .bind::<Double, _>(lease.as_secs_f64())
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Returns jobs whose lease has run out to the queue: their worker is dead or cut off. The
/// attempt stays spent, so that a job that kills its worker ends some day.
///
/// # Errors
/// Those of the database.
pub async fn rescue(conn: &mut AsyncPgConnection, limit: i64) -> QueryResult<usize> {
    diesel::sql_query(
        "WITH lost AS (
             SELECT id FROM jobs WHERE state = 'running' AND lease_until < now()
             ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED)
         UPDATE jobs SET state = 'queued', run_at = now(), pushed_at = NULL, lease_until = NULL,
             errors = errors || jsonb_build_array(jsonb_build_object(
                 'attempt', attempt, 'at', now(), 'error', 'the worker ' || worker || ' was lost'))
         FROM lost WHERE jobs.id = lost.id",
    )
    .bind::<BigInt, _>(limit)
    .execute(conn)
    .await
}
