//! What an operator does to jobs: look, send round again, cancel, discard, pause. Called by the
//! command `symancy jobs` and by the admin page; both act on the ledger alone, so they work while
//! every worker is down.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Text};
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::db::schema::job_pauses;
use crate::jobs::Queue;
use crate::jobs::catalogue;
use crate::jobs::ledger::Ticket;

/// A job as an operator sees it.
#[derive(Clone, Debug, QueryableByName, Serialize)]
pub struct JobView {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Text)]
    pub queue: String,
    /// The state of the ledger, with `queued` told apart: `waiting` (due), `scheduled` (later) or
    /// `blocked` (by a limit).
    #[diesel(sql_type = Text)]
    pub state: String,
    #[diesel(sql_type = SmallInt)]
    pub priority: i16,
    #[diesel(sql_type = Integer)]
    pub attempt: i32,
    #[diesel(sql_type = Integer)]
    pub max_attempts: i32,
    #[diesel(sql_type = Timestamptz)]
    pub run_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub started_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub finished_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    pub worker: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub lease_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    pub dedupe_key: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    pub limit_keys: Vec<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub blocked_on: Option<String>,
    #[diesel(sql_type = Bool)]
    pub cancel_requested: bool,
    #[diesel(sql_type = Integer)]
    pub redrives: i32,
    #[diesel(sql_type = Jsonb)]
    pub args: Value,
    /// `[{attempt, at, error}]`, oldest first.
    #[diesel(sql_type = Jsonb)]
    pub errors: Value,
}

/// Whether a job is queued for now, for later, or held back, as SQL over a row of `jobs`.
const STATE: &str = "CASE WHEN state <> 'queued' THEN state::text
    WHEN blocked_on IS NOT NULL THEN 'blocked'
    WHEN run_at > now() THEN 'scheduled' ELSE 'waiting' END";

const COLUMNS: &str = "id, kind, queue, priority, attempt, max_attempts, run_at, created_at,
    started_at, finished_at, worker, lease_until, dedupe_key, limit_keys, blocked_on,
    cancel_requested, redrives, args, errors";

/// Which jobs to list. Everything is optional.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One of [`STATES`].
    pub state: Option<String>,
    pub queue: Option<Queue>,
    pub kind: Option<String>,
    /// One of its limits' keys, or its dedupe key.
    pub key: Option<String>,
    /// Only jobs that were enqueued before this one: the last of the page before.
    pub before: Option<Uuid>,
}

/// What [`JobView::state`] can be.
pub const STATES: [&str; 7] = [
    "waiting",
    "scheduled",
    "blocked",
    "running",
    "done",
    "dead",
    "cancelled",
];

/// Up to `limit` jobs, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
    limit: i64,
) -> QueryResult<Vec<JobView>> {
    // The state of the ledger is compared as such, so that the small partial indexes serve.
    let in_ledger = match filter.state.as_deref() {
        None => "TRUE",
        Some("waiting" | "scheduled") => "state = 'queued' AND blocked_on IS NULL",
        Some("blocked") => "state = 'queued' AND blocked_on IS NOT NULL",
        Some("running") => "state = 'running'",
        Some("done") => "state = 'done'",
        Some("dead") => "state = 'dead'",
        Some("cancelled") => "state = 'cancelled'",
        Some(_) => "FALSE",
    };
    diesel::sql_query(format!(
        "SELECT {COLUMNS}, {STATE} AS state FROM jobs
         WHERE {in_ledger} AND ($1::text IS NULL OR {STATE} = $1)
           AND ($2::text IS NULL OR queue = $2) AND ($3::text IS NULL OR kind = $3)
           AND ($4::text IS NULL OR $4 = ANY (limit_keys) OR dedupe_key = $4)
           AND ($5::uuid IS NULL OR id < $5)
         ORDER BY id DESC LIMIT $6"
    ))
    .bind::<Nullable<Text>, _>(filter.state.as_deref())
    .bind::<Nullable<Text>, _>(filter.queue.map(Queue::name))
    .bind::<Nullable<Text>, _>(filter.kind.as_deref())
    .bind::<Nullable<Text>, _>(filter.key.as_deref())
    .bind::<Nullable<SqlUuid>, _>(filter.before)
    .bind::<BigInt, _>(limit)
    .get_results(conn)
    .await
}

/// One job.
///
/// # Errors
/// Those of the database.
pub async fn show(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<JobView>> {
    diesel::sql_query(format!(
        "SELECT {COLUMNS}, {STATE} AS state FROM jobs WHERE id = $1"
    ))
    .bind::<SqlUuid, _>(id)
    .get_result(conn)
    .await
    .optional()
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is done.
    Done,
    /// A worker will see to it: the job is on its way to the end that was asked for.
    Requested,
    /// The job is not in a state for that; its state.
    NotNow(String),
    NotFound,
}

#[derive(QueryableByName)]
struct Touched {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    queue: String,
}

fn tickets(rows: Vec<Touched>) -> Vec<Ticket> {
    let ticket = |row: Touched| {
        let queue = Queue::parse(&row.queue)?;
        Some(Ticket { id: row.id, queue })
    };
    rows.into_iter().filter_map(ticket).collect()
}

/// Sends a job round again: a dead or cancelled one with all its attempts, a waiting one at once.
/// Wake a worker with the ticket.
///
/// # Errors
/// Those of the database; a unique violation if another job of the same dedupe key is live.
pub async fn retry(
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> QueryResult<(Outcome, Option<Ticket>)> {
    let rows: Vec<Touched> = diesel::sql_query(
        "UPDATE jobs SET state = 'queued', run_at = now(), finished_at = NULL,
             slotted = FALSE, cancel_requested = FALSE,
             attempt = CASE WHEN state = 'queued' THEN attempt ELSE 0 END,
             redrives = redrives + CASE WHEN state = 'queued' THEN 0 ELSE 1 END
         WHERE id = $1 AND (state IN ('dead', 'cancelled')
             OR (state = 'queued' AND blocked_on IS NULL AND NOT cancel_requested))
         RETURNING id, queue",
    )
    .bind::<SqlUuid, _>(id)
    .get_results(conn)
    .await?;
    match tickets(rows).pop() {
        Some(ticket) => Ok((Outcome::Done, Some(ticket))),
        None => Ok((refused(conn, id).await?, None)),
    }
}

/// Sends up to `limit` dead jobs round again, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn retry_dead(
    conn: &mut AsyncPgConnection,
    queue: Option<Queue>,
    kind: Option<&str>,
    limit: i64,
) -> QueryResult<Vec<Ticket>> {
    let rows: Vec<Touched> = diesel::sql_query(
        "WITH chosen AS (
             SELECT DISTINCT ON (kind, COALESCE(dedupe_key, id::text)) id FROM jobs AS dead
             WHERE state = 'dead' AND ($1::text IS NULL OR queue = $1)
               AND ($2::text IS NULL OR kind = $2)
               AND NOT EXISTS (
                   SELECT FROM jobs AS live WHERE live.kind = dead.kind
                     AND live.dedupe_key = dead.dedupe_key AND live.state IN ('queued', 'running'))
             LIMIT $3)
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
    Ok(tickets(rows))
}

/// Ends a job that waits or runs. A worker does it, because what the job stands for has to be told
/// too (a reading that failed, a person who waits); a running one hears of it with its next
/// heartbeat. A job of a kind that no worker of this version knows is ended here.
///
/// # Errors
/// Those of the database.
pub async fn cancel(
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> QueryResult<(Outcome, Option<Ticket>)> {
    let known: Vec<&str> = catalogue::ALL.iter().map(|entry| entry.kind).collect();
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
        // No limit holds it back any more.
        let rows: Vec<Touched> = diesel::sql_query(
            "UPDATE jobs SET cancel_requested = TRUE, blocked_on = NULL, slotted = FALSE,
                 limit_keys = CASE WHEN state = 'queued' THEN '{}' ELSE limit_keys END,
                 run_at = CASE WHEN state = 'queued' THEN LEAST(run_at, now()) ELSE run_at END
             WHERE id = $1 AND state IN ('queued', 'running') RETURNING id, queue",
        )
        .bind::<SqlUuid, _>(id)
        .get_results(conn)
        .await?;
        match tickets(rows).pop() {
            Some(ticket) => Ok((Outcome::Requested, Some(ticket))),
            None => Ok((refused(conn, id).await?, None)),
        }
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
        Some(job) => Outcome::NotNow(job.state),
        None => Outcome::NotFound,
    })
}

/// Stops the claiming of a queue's jobs, in all workers, from the next claim on. Running ones go
/// on. Says whether it was not paused before.
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

/// Lets a queue's jobs be claimed again. Says whether it was paused. Wake its workers.
///
/// # Errors
/// Those of the database.
pub async fn resume(conn: &mut AsyncPgConnection, queue: Queue) -> QueryResult<bool> {
    let deleted = diesel::delete(job_pauses::table.find(queue.name()))
        .execute(conn)
        .await?;
    Ok(deleted == 1)
}
