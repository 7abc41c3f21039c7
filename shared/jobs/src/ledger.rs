//! Enqueueing and closing jobs. Everything here works inside the caller's transaction, so that a row
//! and its job, or a result and the next job, are written together or not at all.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Double, Integer, Jsonb, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::claims::Claim;
use crate::{Job, JobState, Priority, Queue, errors};
use kernel::error::Error;
use kernel::telemetry::traces;
use schema::jobs;
use schema::sql_types::JobState as SqlJobState;

/// A job that was enqueued. Pass it to [`super::push::Pusher::wake`] after the commit; without that
/// (after a crash), a worker finds the job within its dispatch interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "after the commit, wake a worker with it"]
pub struct Ticket {
    pub id: Uuid,
    pub queue: Queue,
}

/// Why a write to the ledger was refused.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another worker has claimed the job since, or it was closed: nothing may be written.
    #[error("the lease on this job is lost")]
    LeaseLost,
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
}

impl From<LedgerError> for Error {
    fn from(why: LedgerError) -> Self {
        match why {
            LedgerError::LeaseLost => Error::internal(why),
            LedgerError::Database(why) => why.into(),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = jobs)]
pub struct NewJob {
    pub id: Uuid,
    pub kind: &'static str,
    pub queue: &'static str,
    pub args: Value,
    pub max_attempts: i32,
    pub dedupe_key: Option<String>,
    pub priority: i16,
    pub limit_keys: Vec<String>,
    /// See [`Job::subject`].
    pub subject_id: Option<Uuid>,
    /// The span that enqueues it; see [`kernel::telemetry::traces`].
    pub trace_parent: Option<String>,
    #[diesel(skip_insertion)]
    ticket_queue: Queue,
}

impl NewJob {
    pub fn of<J: Job>(job: &J) -> QueryResult<Self> {
        Ok(Self {
            // v7 ids grow with time, which keeps the primary key's index compact.
            id: Uuid::now_v7(),
            kind: J::KIND,
            queue: J::QUEUE.name(),
            args: serde_json::to_value(job)
                .map_err(|why| diesel::result::Error::SerializationError(Box::new(why)))?,
            max_attempts: i32::from(J::MAX_ATTEMPTS),
            dedupe_key: job.dedupe_key(),
            priority: job.priority().number(),
            limit_keys: job.limit_keys(),
            subject_id: job.subject(),
            trace_parent: traces::current(),
            ticket_queue: J::QUEUE,
        })
    }

    /// The ticket that wakes a worker once the job is committed.
    pub fn ticket(&self) -> Ticket {
        Ticket {
            id: self.id,
            queue: self.ticket_queue,
        }
    }
}

/// Enqueues a job to run as soon as possible. With a [`Job::dedupe_key`] that is already live,
/// the ticket is the live job's and nothing new is written.
///
/// # Errors
/// Those of the database.
pub async fn enqueue<J: Job>(conn: &mut AsyncPgConnection, job: &J) -> QueryResult<Ticket> {
    enqueue_in(conn, job, Duration::ZERO).await
}

/// Enqueues a job to run after `delay`, by the clock of the database. The time of a live job
/// with the same dedupe key stays as it is.
///
/// # Errors
/// Those of the database.
pub async fn enqueue_in<J: Job>(
    conn: &mut AsyncPgConnection,
    job: &J,
    delay: Duration,
) -> QueryResult<Ticket> {
    enqueue_row(conn, &NewJob::of(job)?, delay).await
}

/// Enqueues a job with another priority than its own, to run as soon as possible.
///
/// # Errors
/// Those of the database.
pub async fn enqueue_at<J: Job>(
    conn: &mut AsyncPgConnection,
    job: &J,
    priority: Priority,
) -> QueryResult<Ticket> {
    let mut row = NewJob::of(job)?;
    row.priority = priority.number();
    enqueue_row(conn, &row, Duration::ZERO).await
}

async fn enqueue_row(
    conn: &mut AsyncPgConnection,
    row: &NewJob,
    delay: Duration,
) -> QueryResult<Ticket> {
    // The other job of the same key may end between the two statements: try again.
    for _ in 0..DEDUPE_LOOKS {
        let id = match insert(conn, row, delay).await? {
            Some(id) => Some(id),
            None => live_twin(conn, row).await?,
        };
        if let Some(id) = id {
            return Ok(Ticket { id, ..row.ticket() });
        }
    }
    Err(diesel::result::Error::NotFound)
}

const DEDUPE_LOOKS: usize = 5;

/// Enqueues many jobs of one kind in one statement. Those whose [`Job::dedupe_key`] is live
/// already are skipped.
///
/// # Errors
/// Those of the database.
pub async fn enqueue_all<J: Job>(
    conn: &mut AsyncPgConnection,
    all: &[J],
) -> QueryResult<Vec<Ticket>> {
    let rows: Vec<NewJob> = all.iter().map(NewJob::of).collect::<QueryResult<_>>()?;
    let ids: Vec<Uuid> = diesel::insert_into(jobs::table)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(jobs::id)
        .get_results(conn)
        .await?;
    let ticket = |id| Ticket {
        id,
        queue: J::QUEUE,
    };
    Ok(ids.into_iter().map(ticket).collect())
}

async fn insert(
    conn: &mut AsyncPgConnection,
    row: &NewJob,
    delay: Duration,
) -> QueryResult<Option<Uuid>> {
    let run_at =
        diesel::dsl::sql::<diesel::sql_types::Timestamptz>("now() + make_interval(secs => ")
            .bind::<Double, _>(delay.as_secs_f64())
            .sql(")");
    diesel::insert_into(jobs::table)
        .values((row, jobs::run_at.eq(run_at)))
        .on_conflict_do_nothing()
        .returning(jobs::id)
        .get_result(conn)
        .await
        .optional()
}

async fn live_twin(conn: &mut AsyncPgConnection, row: &NewJob) -> QueryResult<Option<Uuid>> {
    jobs::table
        .filter(jobs::kind.eq(row.kind))
        .filter(jobs::dedupe_key.eq(row.dedupe_key.as_deref()))
        .filter(jobs::state.eq_any([JobState::Queued, JobState::Running]))
        .select(jobs::id)
        .first(conn)
        .await
        .optional()
}

/// Checks that the lease is still ours, and locks the row until the transaction ends.
/// For results that are stored before the job is done.
///
/// # Errors
/// [`LedgerError::LeaseLost`]: roll back.
pub async fn hold(conn: &mut AsyncPgConnection, claim: &Claim) -> Result<(), LedgerError> {
    let held: Option<Uuid> = jobs::table
        .filter(jobs::id.eq(claim.id))
        .filter(jobs::fence.eq(claim.fence))
        .filter(jobs::worker.eq(&claim.worker))
        .filter(jobs::state.eq(JobState::Running))
        .select(jobs::id)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    held.map(|_| ()).ok_or(LedgerError::LeaseLost)
}

/// Closes a job as done.
///
/// # Errors
/// [`LedgerError::LeaseLost`]: roll back, so that the result is not written either.
pub async fn complete(conn: &mut AsyncPgConnection, claim: &Claim) -> Result<(), LedgerError> {
    close(conn, claim, JobState::Done, None).await
}

/// Closes a job as done without its result, for a reason that no operator can repair.
///
/// # Errors
/// [`LedgerError::LeaseLost`]: roll back.
pub async fn complete_without(
    conn: &mut AsyncPgConnection,
    claim: &Claim,
    why: &str,
) -> Result<(), LedgerError> {
    close(conn, claim, JobState::Done, Some(why)).await
}

/// Closes many jobs of one worker as done, in one statement; returns the ids of those that it
/// still held. For jobs without a result to store.
///
/// # Errors
/// Those of the database; nothing is closed then.
pub async fn complete_all(
    conn: &mut AsyncPgConnection,
    worker: &str,
    held: &[(Uuid, i64)],
) -> QueryResult<Vec<Uuid>> {
    #[derive(QueryableByName)]
    struct Closed {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let (ids, fences): (Vec<Uuid>, Vec<i64>) = held.iter().copied().unzip();
    let closed: Vec<Closed> = diesel::sql_query(
        "WITH mine AS (
             SELECT jobs.id FROM jobs JOIN unnest($1::uuid[], $2::bigint[]) AS held (id, fence)
               ON jobs.id = held.id AND jobs.fence = held.fence
             WHERE jobs.worker = $3 AND jobs.state = 'running'
             ORDER BY jobs.id FOR UPDATE OF jobs)
         UPDATE jobs SET state = 'done', finished_at = now(), lease_until = NULL
         FROM mine WHERE jobs.id = mine.id RETURNING jobs.id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<BigInt>, _>(fences)
    .bind::<Text, _>(worker)
    .get_results(conn)
    .await?;
    Ok(closed.into_iter().map(|row| row.id).collect())
}

/// Closes a job as dead: only an operator can retry it.
///
/// # Errors
/// [`LedgerError::LeaseLost`]: roll back.
pub async fn bury(
    conn: &mut AsyncPgConnection,
    claim: &Claim,
    error: &str,
) -> Result<(), LedgerError> {
    close(conn, claim, JobState::Dead, Some(error)).await
}

/// Closes a job as cancelled: it is not needed any more, which is not a failure.
///
/// # Errors
/// [`LedgerError::LeaseLost`]: roll back.
pub async fn cancel(
    conn: &mut AsyncPgConnection,
    claim: &Claim,
    why: &str,
) -> Result<(), LedgerError> {
    close(conn, claim, JobState::Cancelled, Some(why)).await
}

async fn close(
    conn: &mut AsyncPgConnection,
    claim: &Claim,
    state: JobState,
    error: Option<&str>,
) -> Result<(), LedgerError> {
    let changed = diesel::sql_query(
        "UPDATE jobs SET state = $4, finished_at = now(), lease_until = NULL, errors = errors || $5
         WHERE id = $1 AND fence = $2 AND worker = $3 AND state = 'running'",
    )
    .bind::<SqlUuid, _>(claim.id)
    .bind::<BigInt, _>(claim.fence)
    .bind::<Text, _>(&claim.worker)
    .bind::<SqlJobState, _>(state)
    .bind::<Jsonb, _>(errors::entry(claim, error))
    .execute(conn)
    .await?;
    mine(changed)
}

/// Puts a job back to run after `delay`, by the clock of the database. A snoozed job (`error` is
/// `None`) gets its attempt back. A job that an operator cancels waits neither for its time nor for a
/// limit.
///
/// # Errors
/// [`LedgerError::LeaseLost`]: another worker has claimed it, or it was closed.
pub async fn put_back(
    conn: &mut AsyncPgConnection,
    claim: &Claim,
    delay: Duration,
    error: Option<&str>,
) -> Result<(), LedgerError> {
    // Keeps the first error and the newest ones.
    let changed = diesel::sql_query(
        "UPDATE jobs SET state = 'queued', attempt = attempt - $4, lease_until = NULL,
             run_at = CASE WHEN cancel_requested THEN now()
                 ELSE now() + make_interval(secs => $5) END,
             limit_keys = CASE WHEN cancel_requested THEN '{}' ELSE limit_keys END,
             errors = CASE WHEN jsonb_array_length(errors) < $7 THEN errors ELSE errors - 1 END || $6
         WHERE id = $1 AND fence = $2 AND worker = $3 AND state = 'running'",
    )
    .bind::<SqlUuid, _>(claim.id)
    .bind::<BigInt, _>(claim.fence)
    .bind::<Text, _>(&claim.worker)
    .bind::<Integer, _>(i32::from(error.is_none()))
    .bind::<Double, _>(delay.as_secs_f64())
    .bind::<Jsonb, _>(errors::entry(claim, error))
    .bind::<Integer, _>(ERRORS_MAX)
    .execute(conn)
    .await?;
    mine(changed)
}

/// Puts back many jobs of one worker that it has claimed but not begun, unspent and due at once.
/// Those that it does not hold any more are skipped.
///
/// # Errors
/// Those of the database.
pub async fn put_back_unbegun(
    conn: &mut AsyncPgConnection,
    worker: &str,
    held: &[(Uuid, i64)],
) -> QueryResult<usize> {
    let (ids, fences): (Vec<Uuid>, Vec<i64>) = held.iter().copied().unzip();
    diesel::sql_query(
        "WITH mine AS (
             SELECT jobs.id FROM jobs JOIN unnest($1::uuid[], $2::bigint[]) AS held (id, fence)
               ON jobs.id = held.id AND jobs.fence = held.fence
             WHERE jobs.worker = $3 AND jobs.state = 'running'
             ORDER BY jobs.id FOR UPDATE OF jobs)
         UPDATE jobs SET state = 'queued', attempt = attempt - 1, lease_until = NULL,
             limit_keys = CASE WHEN cancel_requested THEN '{}' ELSE limit_keys END
         FROM mine WHERE jobs.id = mine.id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<BigInt>, _>(fences)
    .bind::<Text, _>(worker)
    .execute(conn)
    .await
}

/// A guarded UPDATE that changed no row has lost its lease.
fn mine(changed: usize) -> Result<(), LedgerError> {
    if changed == 1 {
        Ok(())
    } else {
        Err(LedgerError::LeaseLost)
    }
}

/// The most errors that a row keeps.
const ERRORS_MAX: i32 = 50;
