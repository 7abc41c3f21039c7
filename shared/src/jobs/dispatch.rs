//! Which ids belong into Redis now. Called by the worker's dispatcher alone.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Double, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::jobs::Queue;

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Marks up to `room` due jobs of a queue as pushed and returns their ids, oldest first. A job
/// that was pushed longer than `stale` ago and is still waiting is taken again: its id was lost
/// with Redis, or between a commit and its push.
///
/// # Errors
/// Those of the database.
pub async fn take_due(
    conn: &mut AsyncPgConnection,
    queue: Queue,
    kinds: &[&str],
    stale: Duration,
    room: i64,
) -> QueryResult<Vec<Uuid>> {
    let rows: Vec<Due> = diesel::sql_query(
        "WITH due AS (
             SELECT id, run_at FROM jobs
             WHERE queue = $1 AND kind = ANY($2) AND state = 'queued' AND run_at <= now()
               AND (pushed_at IS NULL OR pushed_at < now() - make_interval(secs => $3))
             ORDER BY run_at LIMIT $4 FOR UPDATE SKIP LOCKED),
         pushed AS (
             UPDATE jobs SET pushed_at = now() FROM due WHERE jobs.id = due.id
             RETURNING jobs.id, due.run_at)
         SELECT id FROM pushed ORDER BY run_at",
    )
    .bind::<Text, _>(queue.name())
    .bind::<Array<Text>, _>(kinds)
    .bind::<Double, _>(stale.as_secs_f64())
    .bind::<BigInt, _>(room)
    .get_results(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = Text)]
    queue: String,
    #[diesel(sql_type = BigInt)]
    waiting: i64,
}

/// How many jobs of each queue are due and not running, for the metrics.
///
/// # Errors
/// Those of the database.
pub async fn waiting(conn: &mut AsyncPgConnection) -> QueryResult<Vec<(Queue, i64)>> {
    let rows: Vec<Waiting> = diesel::sql_query(
        "SELECT queue, count(*) AS waiting FROM jobs
         WHERE state = 'queued' AND run_at <= now() GROUP BY queue",
    )
    .get_results(conn)
    .await?;
    let count = |queue: Queue| {
        rows.iter()
            .find(|row| row.queue == queue.name())
            .map_or(0, |row| row.waiting)
    };
    Ok(Queue::ALL
        .into_iter()
        .map(|queue| (queue, count(queue)))
        .collect())
}
