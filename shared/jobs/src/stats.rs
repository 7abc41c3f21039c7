//! Statistics of the queues: for the metrics, the command `symancy jobs stats` and the admin page.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Double, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use super::Catalogue;
use kernel::db::first_id_of;

/// One queue.
#[derive(Clone, Debug, QueryableByName, Serialize)]
pub struct QueueStats {
    #[diesel(sql_type = Text)]
    pub queue: String,
    /// Due, and not blocked.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Due later.
    #[diesel(sql_type = BigInt)]
    pub scheduled: i64,
    /// Blocked by a limit.
    #[diesel(sql_type = BigInt)]
    pub blocked: i64,
    #[diesel(sql_type = BigInt)]
    pub running: i64,
    #[diesel(sql_type = BigInt)]
    pub dead: i64,
    /// How long the oldest of `waiting` and `blocked` has been due, in seconds; 0 if none is.
    #[diesel(sql_type = Double)]
    pub oldest_age_seconds: f64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub paused_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    pub paused_by: Option<String>,
}

/// All queues, in the order of the catalogue. Counts every live and every dead job. Each part of the
/// query matches one partial index; otherwise Postgres would read the whole table.
///
/// # Errors
/// Those of the database.
pub async fn queues(
    conn: &mut AsyncPgConnection,
    catalogue: &Catalogue,
) -> QueryResult<Vec<QueueStats>> {
    diesel::sql_query(
        "WITH free AS (
             SELECT queue, count(*) FILTER (WHERE run_at <= now()) AS waiting,
                 count(*) FILTER (WHERE run_at > now()) AS scheduled, min(run_at) AS oldest
             FROM jobs WHERE state = 'queued' AND blocked_on IS NULL GROUP BY queue),
         held AS (
             SELECT queue, count(*) AS blocked, min(run_at) AS oldest
             FROM jobs WHERE state = 'queued' AND blocked_on IS NOT NULL GROUP BY queue),
         running AS (SELECT queue, count(*) AS count FROM jobs WHERE state = 'running' GROUP BY queue),
         dead AS (SELECT queue, count(*) AS count FROM jobs WHERE state = 'dead' GROUP BY queue)
         SELECT names.queue, COALESCE(waiting, 0) AS waiting, COALESCE(scheduled, 0) AS scheduled,
             COALESCE(blocked, 0) AS blocked, COALESCE(running.count, 0) AS running,
             COALESCE(dead.count, 0) AS dead,
             GREATEST(extract(epoch FROM now() - LEAST(free.oldest, held.oldest)), 0)
                 ::double precision AS oldest_age_seconds,
             paused_at, paused_by
         FROM unnest($1::text[]) WITH ORDINALITY AS names (queue, place)
         LEFT JOIN free USING (queue) LEFT JOIN held USING (queue)
         LEFT JOIN running USING (queue) LEFT JOIN dead USING (queue)
         LEFT JOIN job_pauses USING (queue)
         ORDER BY place",
    )
    .bind::<Array<Text>, _>(catalogue.queue_names())
    .get_results(conn)
    .await
}

/// The throughput of one queue.
#[derive(Clone, Debug, QueryableByName, Serialize)]
pub struct QueueRate {
    #[diesel(sql_type = Text)]
    pub queue: String,
    /// Jobs that were done in the last minute.
    #[diesel(sql_type = BigInt)]
    pub done_last_minute: i64,
    /// Mean seconds from due to started, of those.
    #[diesel(sql_type = Nullable<Double>)]
    pub waited_seconds: Option<f64>,
    /// Mean seconds from started to done, of those.
    #[diesel(sql_type = Nullable<Double>)]
    pub ran_seconds: Option<f64>,
}

/// The rates of the queues with completed jobs. Done jobs have no index, so the query is bounded by
/// the primary key, whose ids grow with time: it covers jobs as old as the
/// oldest that runs or is next in line, at least those of ten minutes and at most those of a day.
///
/// # Errors
/// Those of the database.
pub async fn rates(
    conn: &mut AsyncPgConnection,
    catalogue: &Catalogue,
    now: DateTime<Utc>,
) -> QueryResult<Vec<QueueRate>> {
    let bound = oldest_at_work(conn, catalogue)
        .await?
        .map_or(Uuid::max(), |row| row.id);
    let (least, most) = (first_id_of(now - AT_MOST), first_id_of(now - AT_LEAST));
    diesel::sql_query(
        "SELECT queue, count(*) AS done_last_minute,
             avg(extract(epoch FROM started_at - run_at))::double precision AS waited_seconds,
             avg(extract(epoch FROM finished_at - started_at))::double precision AS ran_seconds
         FROM jobs WHERE id > $1 AND state = 'done' AND finished_at > now() - interval '1 minute'
         GROUP BY queue ORDER BY queue",
    )
    .bind::<SqlUuid, _>(bound.clamp(least, most))
    .get_results(conn)
    .await
}

const AT_LEAST: TimeDelta = TimeDelta::minutes(10);
const AT_MOST: TimeDelta = TimeDelta::days(1);

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The oldest of the running jobs and of the first hundred of each queue and class.
async fn oldest_at_work(
    conn: &mut AsyncPgConnection,
    catalogue: &Catalogue,
) -> QueryResult<Option<Id>> {
    diesel::sql_query(
        "SELECT id FROM (
             SELECT id FROM jobs WHERE state = 'running'
             UNION ALL
             SELECT head.id FROM unnest($1::text[]) AS one (queue), unnest('{1,2,3}'::smallint[]) AS class
             CROSS JOIN LATERAL (
                 SELECT id FROM jobs
                 WHERE queue = one.queue AND priority = class AND state = 'queued'
                   AND blocked_on IS NULL
                 ORDER BY run_at LIMIT 100) AS head) AS at_work
         ORDER BY id LIMIT 1",
    )
    .bind::<Array<Text>, _>(catalogue.queue_names())
    .get_result(conn)
    .await
    .optional()
}
