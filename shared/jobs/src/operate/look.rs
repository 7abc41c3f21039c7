//! Queries about jobs: one, a page of them, the newest dead, the longest running.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Text};
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::Queue;

/// A job as an operator sees it.
#[derive(Clone, Debug, QueryableByName, Serialize)]
pub struct JobView {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Text)]
    pub queue: String,
    /// The state of the ledger, with `queued` split into `waiting` (due), `scheduled` (later) and
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

/// How one attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub attempt: i32,
    pub at: DateTime<Utc>,
    pub error: String,
}

impl JobView {
    /// How its attempts failed, oldest first.
    pub fn failures(&self) -> Vec<Failure> {
        let entries = self.errors.as_array().map_or(&[][..], Vec::as_slice);
        entries
            .iter()
            .filter_map(|entry| Failure::deserialize(entry).ok())
            .collect()
    }

    /// The error of the newest failed attempt.
    pub fn last_error(&self) -> Option<String> {
        self.failures().pop().map(|failure| failure.error)
    }

    /// When it entered its state; for a waiting or scheduled job, when it was or will be due.
    pub fn moment(&self) -> DateTime<Utc> {
        match self.state.as_str() {
            "running" => self.started_at,
            "done" | "dead" | "cancelled" => self.finished_at,
            _ => None,
        }
        .unwrap_or(self.run_at)
    }

    /// Whether it has ended, in whichever state.
    pub fn has_ended(&self) -> bool {
        matches!(self.state.as_str(), "done" | "dead" | "cancelled")
    }

    /// Whether [`super::retry`] accepts it.
    pub fn may_be_retried(&self) -> bool {
        match self.state.as_str() {
            "dead" | "cancelled" => true,
            "waiting" | "scheduled" => !self.cancel_requested,
            _ => false,
        }
    }
}

/// [`JobView::state`], as SQL over a row of `jobs`.
const STATE: &str = "CASE WHEN state <> 'queued' THEN state::text
    WHEN blocked_on IS NOT NULL THEN 'blocked'
    WHEN run_at > now() THEN 'scheduled' ELSE 'waiting' END";

const COLUMNS: &str = "id, kind, queue, priority, attempt, max_attempts, run_at, created_at,
    started_at, finished_at, worker, lease_until, dedupe_key, limit_keys, blocked_on,
    cancel_requested, redrives, args, errors";

/// Which jobs to list. Every field is optional.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One of [`STATES`].
    pub state: Option<String>,
    pub queue: Option<Queue>,
    pub kind: Option<String>,
    /// One of its limit keys, or its dedupe key.
    pub key: Option<String>,
    /// Only jobs that were enqueued before this one: the last of the previous page.
    pub before: Option<Uuid>,
}

/// The values of [`JobView::state`].
pub const STATES: [&str; 7] = [
    "waiting",
    "scheduled",
    "blocked",
    "running",
    "done",
    "dead",
    "cancelled",
];

/// Up to `limit` jobs, newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
    limit: i64,
) -> QueryResult<Vec<JobView>> {
    diesel::sql_query(listing(filter.state.as_deref()))
        .bind::<Nullable<Text>, _>(filter.state.as_deref())
        .bind::<Nullable<Text>, _>(filter.queue.map(Queue::name))
        .bind::<Nullable<Text>, _>(filter.kind.as_deref())
        .bind::<Nullable<Text>, _>(filter.key.as_deref())
        .bind::<Nullable<SqlUuid>, _>(filter.before)
        .bind::<BigInt, _>(limit)
        .get_results(conn)
        .await
}

fn listing(state: Option<&str>) -> String {
    // Compares the column `state` itself, so that Postgres can use the partial indexes.
    let in_ledger = match state {
        None => "TRUE",
        Some("waiting" | "scheduled") => "state = 'queued' AND blocked_on IS NULL",
        Some("blocked") => "state = 'queued' AND blocked_on IS NOT NULL",
        Some("running") => "state = 'running'",
        Some("done") => "state = 'done'",
        Some("dead") => "state = 'dead'",
        Some("cancelled") => "state = 'cancelled'",
        Some(_) => "FALSE",
    };
    select(&format!(
        "{in_ledger} AND ($1::text IS NULL OR {STATE} = $1)
           AND ($2::text IS NULL OR queue = $2) AND ($3::text IS NULL OR kind = $3)
           AND ($4::text IS NULL OR $4 = ANY (limit_keys) OR dedupe_key = $4)
           AND ($5::uuid IS NULL OR id < $5)
         ORDER BY id DESC LIMIT $6"
    ))
}

fn select(which: &str) -> String {
    format!("SELECT {COLUMNS}, {STATE} AS state FROM jobs WHERE {which}")
}

/// Every statement that is put together here, for the test that prepares all statements.
pub fn statements() -> Vec<String> {
    let states = STATES.into_iter().map(Some).chain([None]);
    let others = [ONE, NEWEST_DEAD, LONGEST_RUNNING].map(select);
    states.map(listing).chain(others).collect()
}

const ONE: &str = "id = $1";
const NEWEST_DEAD: &str = "state = 'dead' ORDER BY finished_at DESC LIMIT $1";
const LONGEST_RUNNING: &str = "state = 'running' ORDER BY started_at LIMIT $1";

/// One job.
///
/// # Errors
/// Those of the database.
pub async fn show(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<JobView>> {
    diesel::sql_query(select(ONE))
        .bind::<SqlUuid, _>(id)
        .get_result(conn)
        .await
        .optional()
}

/// Up to `limit` dead jobs, by the time of death, newest first.
///
/// # Errors
/// Those of the database.
pub async fn newest_dead(conn: &mut AsyncPgConnection, limit: i64) -> QueryResult<Vec<JobView>> {
    head(conn, NEWEST_DEAD, limit).await
}

/// Up to `limit` running jobs, longest running first.
///
/// # Errors
/// Those of the database.
pub async fn longest_running(
    conn: &mut AsyncPgConnection,
    limit: i64,
) -> QueryResult<Vec<JobView>> {
    head(conn, LONGEST_RUNNING, limit).await
}

async fn head(conn: &mut AsyncPgConnection, which: &str, limit: i64) -> QueryResult<Vec<JobView>> {
    diesel::sql_query(select(which))
        .bind::<BigInt, _>(limit)
        .get_results(conn)
        .await
}
