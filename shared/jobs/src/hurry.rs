//! Jobs that wait for their time and are wanted sooner.

use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::Job;
use crate::ledger::Ticket;

#[derive(QueryableByName)]
struct Hurried {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    dedupe_key: String,
}

/// Lets those of these jobs that are queued run now, in the caller's transaction. Returns their dedupe keys, and tickets to
/// wake workers with after the commit. One that runs, or that another transaction holds, is passed over: what it does may
/// wait for a row that the caller has locked.
///
/// # Errors
/// Those of the database.
pub async fn hurry<J: Job>(
    conn: &mut AsyncPgConnection,
    all: &[J],
) -> QueryResult<Vec<(String, Ticket)>> {
    let keys: Vec<String> = all.iter().filter_map(Job::dedupe_key).collect();
    let hurried: Vec<Hurried> = diesel::sql_query(
        "WITH mine AS (
             SELECT id FROM jobs WHERE kind = $1 AND dedupe_key = ANY ($2) AND state = 'queued'
             ORDER BY id FOR UPDATE SKIP LOCKED)
         UPDATE jobs SET run_at = LEAST(run_at, now()), slotted = FALSE
         FROM mine WHERE jobs.id = mine.id RETURNING jobs.id, dedupe_key",
    )
    .bind::<Text, _>(J::KIND)
    .bind::<Array<Text>, _>(keys)
    .load(conn)
    .await?;
    let queue = J::QUEUE;
    let ticket = |one: Hurried| (one.dedupe_key, Ticket { id: one.id, queue });
    Ok(hurried.into_iter().map(ticket).collect())
}
