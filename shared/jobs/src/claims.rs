//! Claiming jobs from the ledger, and renewing their leases. Called by the runtime alone.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Double, Integer, Jsonb, Nullable, SmallInt, Text};
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::telemetry::traces;
use serde_json::Value;
use uuid::Uuid;

use super::limits::Limits;
use super::queue::names;
use super::{Priority, Queue};

/// A job that this worker holds for as long as it renews the lease.
#[derive(Clone, Debug)]
pub struct Claim {
    pub id: Uuid,
    pub kind: String,
    pub args: Value,
    /// Number of this attempt, from 1. Above `max_attempts` when the last allowed attempt
    /// ended with its worker: then the job must be closed as dead, not run.
    pub attempt: i32,
    pub max_attempts: i32,
    /// With `worker`, proof of the claim: every write says `WHERE fence = mine AND worker = me`.
    /// The number alone is not enough: a crash of Postgres may undo a claim that was not flushed
    /// yet, and then another worker gets the same number.
    pub fence: i64,
    pub worker: String,
    /// The keys of the limits that it counts against while it runs.
    pub limit_keys: Vec<String>,
    /// An operator has cancelled it: it must be closed, not run.
    pub cancel_requested: bool,
    /// How often an operator has redriven it after it had ended.
    pub redrives: i32,
    /// How long it was due before it was claimed.
    pub waited: Duration,
    /// The span that has enqueued it, in a process with traces.
    pub trace_parent: Option<String>,
}

impl Claim {
    /// Whether no further attempt is allowed after this one.
    pub fn is_last_attempt(&self) -> bool {
        self.attempt >= self.max_attempts
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Jsonb)]
    args: Value,
    #[diesel(sql_type = Integer)]
    attempt: i32,
    #[diesel(sql_type = Integer)]
    max_attempts: i32,
    #[diesel(sql_type = BigInt)]
    fence: i64,
    #[diesel(sql_type = Array<Text>)]
    limit_keys: Vec<String>,
    #[diesel(sql_type = Bool)]
    cancel_requested: bool,
    #[diesel(sql_type = Integer)]
    redrives: i32,
    #[diesel(sql_type = Double)]
    waited: f64,
}

impl Row {
    fn claimed_by(self, worker: &str) -> Option<Claim> {
        Some(Claim {
            id: self.id?,
            kind: self.kind,
            args: self.args,
            attempt: self.attempt,
            max_attempts: self.max_attempts,
            fence: self.fence,
            worker: worker.to_owned(),
            limit_keys: self.limit_keys,
            cancel_requested: self.cancel_requested,
            redrives: self.redrives,
            waited: Duration::try_from_secs_f64(self.waited).unwrap_or_default(),
            trace_parent: None,
        })
    }
}

/// A request for jobs by a worker.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRequest<'a> {
    pub queue: Queue,
    /// The kinds that this worker runs; jobs of other kinds are left to other workers.
    pub kinds: &'a [&'a str],
    /// The order of the priority classes in this claim.
    pub classes: [Priority; 3],
    /// The most jobs to claim.
    pub room: usize,
    /// The most jobs to examine for that; a window larger than `room` gets past many jobs of one key
    /// that is at its limit.
    pub window: usize,
    /// Unique for each start of a process.
    pub worker: &'a str,
    pub lease: Duration,
    pub limits: &'a Limits,
}

/// The jobs that a worker has claimed.
#[derive(Debug, Default)]
pub struct ClaimBatch {
    /// In the order in which they were enqueued. The handler and the keeper share one.
    pub claims: Vec<Arc<Claim>>,
    /// Whether limits have blocked some of the examined jobs, so that another claim may find more.
    pub set_aside: bool,
}

/// Claims due jobs within their limits. Two workers never wait for each other's row locks, and never
/// claim the same job. The commit is not flushed to disk: see `sql/jobs_claim.sql`.
///
/// # Errors
/// Those of the database; nothing is claimed then.
pub async fn claim(
    conn: &mut AsyncPgConnection,
    request: &ClaimRequest<'_>,
) -> QueryResult<ClaimBatch> {
    let classes: Vec<i16> = request.classes.iter().map(|class| class.number()).collect();
    let rows: Vec<Row> =
        diesel::sql_query("SELECT * FROM jobs_claim($1, $2, $3, $4, $5, $6, $7, $8)")
            .bind::<Text, _>(request.queue.name())
            .bind::<Array<Text>, _>(request.kinds)
            .bind::<Array<SmallInt>, _>(classes)
            .bind::<Integer, _>(i32::try_from(request.room).unwrap_or(i32::MAX))
            .bind::<Integer, _>(i32::try_from(request.window.max(request.room)).unwrap_or(i32::MAX))
            .bind::<Text, _>(request.worker)
            .bind::<Double, _>(request.lease.as_secs_f64())
            .bind::<Jsonb, _>(request.limits.as_json())
            .get_results(conn)
            .await?;
    let examined = rows.len();
    let mut claims: Vec<Claim> = rows
        .into_iter()
        .filter_map(|row| row.claimed_by(request.worker))
        .collect();
    if traces::are_on() {
        join_traces(conn, &mut claims).await;
    }
    // Ids grow with time.
    claims.sort_unstable_by_key(|claim| claim.id);
    Ok(ClaimBatch {
        set_aside: claims.len() < examined,
        claims: claims.into_iter().map(Arc::new).collect(),
    })
}

#[derive(QueryableByName)]
struct Traced {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    trace_parent: String,
}

/// Looks up which spans have enqueued these jobs. Not a column of `jobs_claim`: workers of the previous release call that
/// too, and those without traces would carry it. The claims are good without it.
async fn join_traces(conn: &mut AsyncPgConnection, claims: &mut [Claim]) {
    let ids: Vec<Uuid> = claims.iter().map(|claim| claim.id).collect();
    let found: QueryResult<Vec<Traced>> = diesel::sql_query(
        "SELECT id, trace_parent FROM jobs WHERE id = ANY ($1) AND trace_parent IS NOT NULL",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .get_results(conn)
    .await;
    let found = found.unwrap_or_else(|why| {
        tracing::warn!(error = %why, "the traces of jobs cannot be looked up");
        Vec::new()
    });
    let mut parents: HashMap<Uuid, String> = found
        .into_iter()
        .map(|row| (row.id, row.trace_parent))
        .collect();
    for claim in claims {
        claim.trace_parent = parents.remove(&claim.id);
    }
}

/// A lease that was renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Renewed {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// An operator has cancelled the job: stop working on it and close it.
    #[diesel(sql_type = Bool)]
    pub cancel_requested: bool,
}

/// Renews the leases of `held` (id, fence) and returns those that are still ours. The lease of a job
/// that is missing in the result is lost: stop working on it. A job whose row is locked, most likely by the
/// transaction that closes it, is ours and is passed over: waiting for it would cost all others their leases.
///
/// # Errors
/// Those of the database.
pub async fn renew(
    conn: &mut AsyncPgConnection,
    worker: &str,
    held: &[(Uuid, i64)],
    lease: Duration,
) -> QueryResult<Vec<Renewed>> {
    let (ids, fences): (Vec<Uuid>, Vec<i64>) = held.iter().copied().unzip();
    diesel::sql_query(
        "WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', TRUE)),
         held AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS held (id, fence)),
         free AS (
             SELECT jobs.id FROM jobs JOIN held USING (id, fence)
             WHERE worker = $3 AND state = 'running' FOR UPDATE OF jobs SKIP LOCKED),
         renewed AS (
             UPDATE jobs SET lease_until = now() + make_interval(secs => $4)
             FROM free, quick WHERE jobs.id = free.id)
         SELECT id, cancel_requested FROM jobs JOIN held USING (id, fence)
         WHERE worker = $3 AND state = 'running'",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<BigInt>, _>(fences)
    .bind::<Text, _>(worker)
    .bind::<Double, _>(lease.as_secs_f64())
    .get_results(conn)
    .await
}

/// Returns jobs whose lease has expired to the queue: their worker is dead or cut off. The attempt
/// stays spent, so that a job that kills its worker ends eventually. No limit blocks a job that an
/// operator has cancelled.
///
/// # Errors
/// Those of the database.
pub async fn rescue(conn: &mut AsyncPgConnection, limit: i64) -> QueryResult<usize> {
    diesel::sql_query(
        "WITH lost AS (
             SELECT id FROM jobs WHERE state = 'running' AND lease_until < now()
             ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED)
         UPDATE jobs SET state = 'queued', run_at = now(), lease_until = NULL,
             limit_keys = CASE WHEN cancel_requested THEN '{}' ELSE limit_keys END,
             errors = errors || jsonb_build_array(jsonb_build_object(
                 'attempt', attempt, 'at', now(), 'error', 'the worker ' || worker || ' was lost'))
         FROM lost WHERE jobs.id = lost.id",
    )
    .bind::<BigInt, _>(limit)
    .execute(conn)
    .await
}

/// When the next job of a queue is due.
#[derive(Debug, QueryableByName)]
pub struct Due {
    #[diesel(sql_type = Text)]
    pub queue: String,
    /// When its next queued job is, or was, due.
    #[diesel(sql_type = Timestamptz)]
    pub run_at: chrono::DateTime<chrono::Utc>,
    /// Seconds until then by the clock of the database; 0 if it is due.
    #[diesel(sql_type = Double)]
    pub seconds: f64,
}

/// The next due job, of these kinds, of each of these queues that is not paused. Reads only the head
/// of each class through the index.
///
/// # Errors
/// Those of the database.
pub async fn next_due(
    conn: &mut AsyncPgConnection,
    queues: &[Queue],
    kinds: &[&str],
) -> QueryResult<Vec<Due>> {
    diesel::sql_query(
        "SELECT wanted.queue, min(head.run_at) AS run_at,
                GREATEST(extract(epoch FROM min(head.run_at) - now()), 0)::double precision AS seconds
         FROM unnest($1::text[]) AS wanted (queue), unnest('{1,2,3}'::smallint[]) AS class
         CROSS JOIN LATERAL (
             SELECT run_at FROM jobs
             WHERE queue = wanted.queue AND priority = class AND state = 'queued'
               AND blocked_on IS NULL AND kind = ANY ($2)
             ORDER BY run_at LIMIT 1) AS head
         WHERE NOT EXISTS (SELECT FROM job_pauses WHERE job_pauses.queue = wanted.queue)
         GROUP BY wanted.queue",
    )
    .bind::<Array<Text>, _>(names(queues))
    .bind::<Array<Text>, _>(kinds)
    .get_results(conn)
    .await
}
