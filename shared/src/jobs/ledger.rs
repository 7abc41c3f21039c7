//! Writing jobs into the ledger, and closing them. Everything here works inside the caller's
//! transaction; that is what makes "row and job" and "result and next job" one thing.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Double, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::db::schema::jobs;
use crate::error::Error;
use crate::jobs::claims::Claim;
use crate::jobs::{Job, JobState, Queue};

/// A job that was enqueued. Hand it to [`super::push::Pusher::wake`] after the commit; if that
/// never happens (a crash), the dispatcher brings the job some seconds later.
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
struct NewJob<'a> {
    id: Uuid,
    kind: &'a str,
    queue: &'a str,
    args: Value,
    max_attempts: i32,
    dedupe_key: Option<String>,
    concurrency_key: Option<String>,
}

/// Enqueues a job to run as soon as possible. With a [`Job::dedupe_key`] that is already live,
/// the ticket is the live job's and nothing new is written.
///
/// # Errors
/// Those of the database.
pub async fn enqueue<J: Job>(conn: &mut AsyncPgConnection, job: &J) -> QueryResult<Ticket> {
    let row = NewJob {
        // v7 ids grow with time, which keeps the primary key's index compact.
        id: Uuid::now_v7(),
        kind: J::KIND,
        queue: J::QUEUE.name(),
        args: serde_json::to_value(job)
            .map_err(|why| diesel::result::Error::SerializationError(Box::new(why)))?,
        max_attempts: i32::from(J::MAX_ATTEMPTS),
        dedupe_key: job.dedupe_key(),
        concurrency_key: job.concurrency_key(),
    };
    // The other job of the same key may end between our two looks at it: look again.
    for _ in 0..DEDUPE_LOOKS {
        let id = match insert(conn, &row).await? {
            Some(id) => Some(id),
            None => live_twin(conn, &row).await?,
        };
        if let Some(id) = id {
            return Ok(Ticket {
                id,
                queue: J::QUEUE,
            });
        }
    }
    Err(diesel::result::Error::NotFound)
}

const DEDUPE_LOOKS: usize = 5;

async fn insert(conn: &mut AsyncPgConnection, row: &NewJob<'_>) -> QueryResult<Option<Uuid>> {
    // The push is about to happen, so the dispatcher is told to leave the row alone at first.
    diesel::insert_into(jobs::table)
        .values((row, jobs::pushed_at.eq(diesel::dsl::now)))
        .on_conflict_do_nothing()
        .returning(jobs::id)
        .get_result(conn)
        .await
        .optional()
}

async fn live_twin(conn: &mut AsyncPgConnection, row: &NewJob<'_>) -> QueryResult<Option<Uuid>> {
    jobs::table
        .filter(jobs::kind.eq(row.kind))
        .filter(jobs::dedupe_key.eq(row.dedupe_key.as_deref()))
        .filter(jobs::state.eq_any([JobState::Queued, JobState::Running]))
        .select(jobs::id)
        .first(conn)
        .await
        .optional()
}

/// Makes sure that the lease is still ours and keeps the row locked until the transaction ends.
/// For results that are stored before the job is done.
///
/// # Errors
/// [`LedgerError::LeaseLost`]: roll back.
pub async fn hold(conn: &mut AsyncPgConnection, claim: &Claim) -> Result<(), LedgerError> {
    let held: Option<Uuid> = jobs::table
        .filter(jobs::id.eq(claim.id))
        .filter(jobs::fence.eq(claim.fence))
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
/// [`LedgerError::LeaseLost`]: roll back, so that no result is written either.
pub async fn complete(conn: &mut AsyncPgConnection, claim: &Claim) -> Result<(), LedgerError> {
    close(conn, claim, JobState::Done, None).await
}

/// Closes a job as dead: nobody will try it again by itself.
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

async fn close(
    conn: &mut AsyncPgConnection,
    claim: &Claim,
    state: JobState,
    error: Option<&str>,
) -> Result<(), LedgerError> {
    let changed = diesel::update(owned_by(claim))
        .set((
            jobs::state.eq(state),
            jobs::finished_at.eq(diesel::dsl::now),
            jobs::lease_until.eq(None::<DateTime<Utc>>),
            jobs::errors.eq(jobs::errors.concat(error_entry(claim, error))),
        ))
        .execute(conn)
        .await?;
    mine(changed)
}

/// Puts a job back to run after `delay`, by the clock of the database. A snoozed job (`error` is
/// `None`) gets its attempt back.
///
/// # Errors
/// [`LedgerError::LeaseLost`]: somebody else has it already.
pub async fn put_back(
    conn: &mut AsyncPgConnection,
    claim: &Claim,
    delay: Duration,
    error: Option<&str>,
) -> Result<(), LedgerError> {
    let spent = if error.is_some() { 0 } else { 1 };
    let run_at = sql::<Timestamptz>("now() + make_interval(secs => ")
        .bind::<Double, _>(delay.as_secs_f64())
        .sql(")");
    let changed = diesel::update(owned_by(claim))
        .set((
            jobs::state.eq(JobState::Queued),
            jobs::attempt.eq(jobs::attempt - spent),
            jobs::run_at.eq(run_at),
            jobs::pushed_at.eq(None::<DateTime<Utc>>),
            jobs::lease_until.eq(None::<DateTime<Utc>>),
            jobs::errors.eq(jobs::errors.concat(error_entry(claim, error))),
        ))
        .execute(conn)
        .await?;
    mine(changed)
}

/// A guarded UPDATE that changed nothing found somebody else's row.
fn mine(changed: usize) -> Result<(), LedgerError> {
    if changed == 1 {
        Ok(())
    } else {
        Err(LedgerError::LeaseLost)
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn owned_by(claim: &Claim) -> _ {
    let id: Uuid = claim.id;
    let fence: i64 = claim.fence;
    let running: JobState = JobState::Running;
    jobs::table
        .filter(jobs::id.eq(id))
        .filter(jobs::fence.eq(fence))
        .filter(jobs::state.eq(running))
}

/// The longest error text that a row keeps of one attempt, in characters. NUL is left out:
/// Postgres cannot store it, and vendors' bodies may hold anything.
const ERROR_TEXT_MAX: usize = 500;

fn error_entry(claim: &Claim, error: Option<&str>) -> Value {
    match error {
        None => Value::Array(Vec::new()),
        Some(text) => {
            let text: String = text
                .chars()
                .filter(|c| *c != '\0')
                .take(ERROR_TEXT_MAX)
                .collect();
            serde_json::json!([{ "attempt": claim.attempt, "at": Utc::now(), "error": text }])
        }
    }
}
