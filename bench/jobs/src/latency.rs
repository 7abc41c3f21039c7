//! How soon a job starts at low load: from before its INSERT to the first statement of its handler.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Double};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use jobs::ledger;
use probes::jobs::{Act, Probe};
use serde_json::{Value, json};
use tokio::time::MissedTickBehavior;

use crate::fleet::Fleet;

#[derive(QueryableByName)]
struct Latency {
    #[diesel(sql_type = BigInt)]
    jobs: i64,
    #[diesel(sql_type = Double)]
    p50: f64,
    #[diesel(sql_type = Double)]
    p99: f64,
    #[diesel(sql_type = Double)]
    max: f64,
}

/// Enqueues `rate` jobs a second for `seconds`, after one second of warm-up that is not counted.
/// The end of each is the INSERT that its handler begins with, which is later than its start.
pub async fn run(
    binary: &Path,
    workers: usize,
    concurrency: usize,
    rate: usize,
    seconds: usize,
) -> anyhow::Result<Value> {
    let mut fleet = Fleet::new().await?;
    let mut conn = fleet.db().await?;
    conn.batch_execute("CREATE TABLE sent (probe_id uuid PRIMARY KEY, at timestamptz)")
        .await?;
    fleet.start(binary, workers, concurrency)?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let pusher = fleet.pusher()?;
    let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / rate as f64));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sent: Vec<(uuid::Uuid, DateTime<Utc>)> = Vec::new();
    for count in 0..rate * (seconds + 1) {
        tick.tick().await;
        let probe = Probe::new([Act::Finish { ms: 0 }]);
        let at = Utc::now();
        let ticket = ledger::enqueue(&mut conn, &probe).await?;
        pusher.wake(&[ticket]).await;
        if count >= rate {
            sent.push((probe.id, at));
        }
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let rows: Vec<String> = sent
        .iter()
        .map(|(id, at)| format!("('{id}', '{at:?}')"))
        .collect();
    conn.batch_execute(&format!("INSERT INTO sent VALUES {}", rows.join(", ")))
        .await?;
    let latency: Latency = diesel::sql_query(
        "SELECT count(began_at) AS jobs, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS p50,
             percentile_cont(0.99) WITHIN GROUP (ORDER BY ms) AS p99, max(ms) AS max
         FROM (SELECT began_at, extract(epoch FROM began_at - at)::double precision * 1000 AS ms
               FROM sent LEFT JOIN probe_runs USING (probe_id)) AS each",
    )
    .get_result(&mut conn)
    .await?;
    fleet.stop().await?;
    anyhow::ensure!(
        latency.jobs == i64::try_from(sent.len())?,
        "not every job has started"
    );
    let round = |ms: f64| (ms * 100.0).round() / 100.0;
    Ok(json!({
        "system": "symancy", "mode": "latency", "workers": workers, "concurrency": concurrency,
        "rate": rate, "jobs": latency.jobs, "p50_ms": round(latency.p50),
        "p99_ms": round(latency.p99), "max_ms": round(latency.max),
    }))
}
