//! Throughput: how fast workers complete a backlog of no-op jobs.

use std::path::Path;
use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Double};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use jobs::{MAINTENANCE, ledger, operate};
use probes::jobs::Noop;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fleet::{Fleet, settle};

/// Jobs of one INSERT.
const CHUNK: usize = 1_000;

#[derive(QueryableByName)]
struct Progress {
    #[diesel(sql_type = BigInt)]
    left: i64,
}

#[derive(QueryableByName)]
struct Took {
    #[diesel(sql_type = BigInt)]
    done: i64,
    #[diesel(sql_type = Double)]
    seconds: f64,
}

/// Enqueues `jobs`, starts the workers on a paused queue, and measures the time from the resume to the
/// commit of the last completion, by the clock of the database.
pub async fn run(
    binary: &Path,
    workers: usize,
    concurrency: usize,
    jobs: usize,
) -> anyhow::Result<Value> {
    let mut fleet = Fleet::new().await?;
    let mut conn = fleet.db().await?;
    enqueue(&mut conn, jobs).await?;
    settle(&mut conn).await?;
    operate::pause(&mut conn, MAINTENANCE, "bench").await?;
    fleet.start(binary, workers, concurrency)?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    conn.batch_execute("CREATE TABLE go AS SELECT clock_timestamp() AS at")
        .await?;
    let cpu = fleet.cpu_seconds();
    operate::resume(&mut conn, MAINTENANCE).await?;
    let pusher = fleet.pusher()?;
    pusher.wake_queue(MAINTENANCE, workers).await;
    let left = "SELECT count(*) AS left FROM (
        SELECT FROM jobs WHERE state IN ('queued', 'running') LIMIT 1) AS live";
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let progress: Progress = diesel::sql_query(left).get_result(&mut conn).await?;
        if progress.left == 0 {
            break;
        }
    }
    let cpu = fleet.cpu_seconds() - cpu;
    let took: Took = diesel::sql_query(
        "SELECT count(*) FILTER (WHERE state = 'done') AS done,
             extract(epoch FROM max(finished_at) - min(go.at))::double precision AS seconds
         FROM jobs, go",
    )
    .get_result(&mut conn)
    .await?;
    fleet.stop().await?;
    anyhow::ensure!(
        took.done == i64::try_from(jobs)?,
        "{} of {jobs} done",
        took.done
    );
    Ok(json!({
        "system": "symancy", "mode": "drain", "workers": workers, "concurrency": concurrency,
        "jobs": jobs, "per_second": (jobs as f64 / took.seconds).round(),
        "worker_cpu_us_per_job": (cpu * 1e6 / jobs as f64 * 10.0).round() / 10.0,
    }))
}

/// Enqueues a backlog of no-op jobs.
pub async fn enqueue(conn: &mut AsyncPgConnection, jobs: usize) -> anyhow::Result<()> {
    let mut left = jobs;
    while left > 0 {
        let count = left.min(CHUNK);
        let chunk: Vec<Noop> = (0..count).map(|_| Noop { id: Uuid::now_v7() }).collect();
        let _ = ledger::enqueue_all(conn, &chunk).await?;
        left -= count;
    }
    Ok(())
}
