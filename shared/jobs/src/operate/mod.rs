//! Operator actions on jobs: inspect, retry, cancel, discard, pause. Called by the command
//! `symancy jobs` and by the admin page; both only use the ledger, so they work while every worker is
//! down.

mod look;

pub use look::{
    Failure, Filter, JobView, STATES, list, longest_running, newest_dead, show, statements,
};

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DbError};
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use crate::ledger::Ticket;
use crate::{Catalogue, Queue};
use schema::job_pauses;

/// The outcome of an operator action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Done,
    /// Requested; a worker will carry it out.
    Requested,
    /// Not possible in the state of the job, which this is.
    NotNow(String),
    /// Another live job has its dedupe key, so both would do the same work.
    TwinIsLive,
    NotFound,
}

impl Outcome {
    /// Why nothing was done, as a clause; `None` if something was.
    pub fn refusal(&self) -> Option<String> {
        match self {
            Self::Done | Self::Requested => None,
            Self::NotNow(state) => Some(format!("it is {state}")),
            Self::TwinIsLive => Some("another live job has its dedupe key".to_owned()),
            Self::NotFound => Some("there is no such job".to_owned()),
        }
    }
}

#[derive(QueryableByName)]
struct Touched {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    queue: String,
}

fn tickets(rows: Vec<Touched>, catalogue: &Catalogue) -> Vec<Ticket> {
    let ticket = |row: Touched| {
        let queue = catalogue.queue(&row.queue)?;
        Some(Ticket { id: row.id, queue })
    };
    rows.into_iter().filter_map(ticket).collect()
}

/// Retries a job: a dead or cancelled one with all its attempts, a waiting one at once. Wake a worker
/// with the ticket. Not inside a transaction: a live job with the same dedupe key would abort it.
///
/// # Errors
/// Those of the database.
pub async fn retry(
    conn: &mut AsyncPgConnection,
    catalogue: &Catalogue,
    id: Uuid,
) -> QueryResult<(Outcome, Option<Ticket>)> {
    let Some(job) = show(conn, id).await? else {
        return Ok((Outcome::NotFound, None));
    };
    // A job that was cancelled while it waited has lost its limit keys: see `cancel`.
    let keys = catalogue.limit_keys(&job.kind, &job.args);
    let rows = diesel::sql_query(
        "UPDATE jobs SET state = 'queued', run_at = now(), finished_at = NULL,
             slotted = FALSE, cancel_requested = FALSE,
             limit_keys = COALESCE($2, limit_keys),
             attempt = CASE WHEN state = 'queued' THEN attempt ELSE 0 END,
             redrives = redrives + CASE WHEN state = 'queued' THEN 0 ELSE 1 END
         WHERE id = $1 AND (state IN ('dead', 'cancelled')
             OR (state = 'queued' AND blocked_on IS NULL AND NOT cancel_requested))
         RETURNING id, queue",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Nullable<Array<Text>>, _>(keys)
    .get_results::<Touched>(conn)
    .await;
    match rows {
        Ok(rows) if rows.is_empty() => Ok((refused(conn, id).await?, None)),
        Ok(rows) => Ok((Outcome::Done, tickets(rows, catalogue).pop())),
        Err(why) if is_twin(&why) => Ok((Outcome::TwinIsLive, None)),
        Err(why) => Err(why),
    }
}

fn is_twin(why: &DbError) -> bool {
    matches!(
        why,
        DbError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)
    )
}

/// Retries up to `limit` dead jobs, oldest first. Of several with the same dedupe key only the newest
/// is retried, and none while a live job has that key. Not inside a transaction.
///
/// # Errors
/// Those of the database.
pub async fn retry_dead(
    conn: &mut AsyncPgConnection,
    catalogue: &Catalogue,
    queue: Option<Queue>,
    kind: Option<&str>,
    limit: i64,
) -> QueryResult<Vec<Ticket>> {
    // A job with the same key may be enqueued while the statement runs: try again.
    for _ in 0..TWIN_LOOKS {
        match retry_dead_once(conn, catalogue, queue, kind, limit).await {
            Err(why) if is_twin(&why) => {}
            ended => return ended,
        }
    }
    retry_dead_once(conn, catalogue, queue, kind, limit).await
}

const TWIN_LOOKS: usize = 3;

async fn retry_dead_once(
    conn: &mut AsyncPgConnection,
    catalogue: &Catalogue,
    queue: Option<Queue>,
    kind: Option<&str>,
    limit: i64,
) -> QueryResult<Vec<Ticket>> {
    let rows: Vec<Touched> = diesel::sql_query(
        "WITH one_of_key AS (
             SELECT DISTINCT ON (kind, COALESCE(dedupe_key, id::text)) id FROM jobs AS dead
             WHERE state = 'dead' AND ($1::text IS NULL OR queue = $1)
               AND ($2::text IS NULL OR kind = $2)
               AND NOT EXISTS (
                   SELECT FROM jobs AS live WHERE live.kind = dead.kind
                     AND live.dedupe_key = dead.dedupe_key AND live.state IN ('queued', 'running'))
             ORDER BY kind, COALESCE(dedupe_key, id::text), id DESC),
         chosen AS (SELECT id FROM one_of_key ORDER BY id LIMIT $3)
         UPDATE jobs SET state = 'queued', run_at = now(), finished_at = NULL, attempt = 0,
             slotted = FALSE, cancel_requested = FALSE, redrives = redrives + 1
         FROM chosen WHERE jobs.id = chosen.id AND jobs.state = 'dead'
         RETURNING jobs.id, jobs.queue",
    )
    .bind::<Nullable<Text>, _>(queue.map(Queue::name))
    .bind::<Nullable<Text>, _>(kind)
    .bind::<BigInt, _>(limit)
    .get_results(conn)
    .await?;
    Ok(tickets(rows, catalogue))
}

/// Cancels a job that waits or runs. A worker carries it out, because the handler has to record the
/// failure as well (of a reading that a person waits for). The handler of a running job is stopped
/// when its worker next renews the lease; a job of a paused queue is cancelled when the queue resumes.
/// A job of a kind that this version does not know is closed here.
///
/// # Errors
/// Those of the database.
pub async fn cancel(
    conn: &mut AsyncPgConnection,
    catalogue: &Catalogue,
    id: Uuid,
) -> QueryResult<(Outcome, Option<Ticket>)> {
    let known = catalogue.kind_names();
    conn.transaction(async |conn| {
        let unknown = diesel::sql_query(
            "UPDATE jobs SET state = 'cancelled', finished_at = now(), blocked_on = NULL
             WHERE id = $1 AND state = 'queued' AND kind <> ALL ($2)",
        )
        .bind::<SqlUuid, _>(id)
        .bind::<Array<Text>, _>(&known)
        .execute(conn)
        .await?;
        if unknown == 1 {
            return Ok((Outcome::Done, None));
        }
        // No limit may block it any more; `retry` restores its keys.
        let rows: Vec<Touched> = diesel::sql_query(
            "UPDATE jobs SET cancel_requested = TRUE, blocked_on = NULL, slotted = FALSE,
                 limit_keys = CASE WHEN state = 'queued' THEN '{}' ELSE limit_keys END,
                 run_at = CASE WHEN state = 'queued' THEN LEAST(run_at, now()) ELSE run_at END
             WHERE id = $1 AND state IN ('queued', 'running') RETURNING id, queue",
        )
        .bind::<SqlUuid, _>(id)
        .get_results(conn)
        .await?;
        if rows.is_empty() {
            return Ok((refused(conn, id).await?, None));
        }
        Ok((Outcome::Requested, tickets(rows, catalogue).pop()))
    })
    .await
}

/// Deletes a job that has ended.
///
/// # Errors
/// Those of the database.
pub async fn discard(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Outcome> {
    let deleted = diesel::sql_query(
        "DELETE FROM jobs WHERE id = $1 AND state IN ('done', 'dead', 'cancelled')",
    )
    .bind::<SqlUuid, _>(id)
    .execute(conn)
    .await?;
    if deleted == 1 {
        Ok(Outcome::Done)
    } else {
        refused(conn, id).await
    }
}

async fn refused(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Outcome> {
    Ok(match show(conn, id).await? {
        Some(job) if job.cancel_requested && !job.has_ended() => {
            Outcome::NotNow("being cancelled".to_owned())
        }
        Some(job) => Outcome::NotNow(job.state),
        None => Outcome::NotFound,
    })
}

/// Stops all workers from claiming jobs of a queue, from the next claim on. Running jobs continue.
/// Returns whether the queue was not paused before.
///
/// # Errors
/// Those of the database.
pub async fn pause(conn: &mut AsyncPgConnection, queue: Queue, by: &str) -> QueryResult<bool> {
    let inserted = diesel::insert_into(job_pauses::table)
        .values((
            job_pauses::queue.eq(queue.name()),
            job_pauses::paused_by.eq(by),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted == 1)
}

/// Allows jobs of a queue to be claimed again. Returns whether it was paused. Wake its workers.
///
/// # Errors
/// Those of the database.
pub async fn resume(conn: &mut AsyncPgConnection, queue: Queue) -> QueryResult<bool> {
    let deleted = diesel::delete(job_pauses::table.find(queue.name()))
        .execute(conn)
        .await?;
    Ok(deleted == 1)
}
