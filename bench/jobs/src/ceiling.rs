//! The upper bound by Postgres alone: `pgbench` claims and completes batches with the same statements
//! as a worker.

use anyhow::Context;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::drain::enqueue;
use crate::fleet::{Fleet, settle};

/// `clients` sessions share a backlog of `jobs`, each claiming up to `room` of them with one
/// statement and completing them with the next.
pub async fn run(clients: usize, room: usize, jobs: usize) -> anyhow::Result<Value> {
    let fleet = Fleet::new().await?;
    let mut conn = fleet.db().await?;
    enqueue(&mut conn, jobs).await?;
    settle(&mut conn).await?;
    let script = std::env::temp_dir().join(format!("symancy-ceiling-{}.sql", std::process::id()));
    std::fs::write(
        &script,
        format!(
            "SELECT array_agg(id)::text AS ids, array_agg(fence)::text AS fences
             FROM jobs_claim('maintenance', '{{probes.noop.v1}}', '{{1,2,3}}', {room}, {room}, 'pgbench', 15, '{{}}')
             \\gset
             WITH mine AS (
                 SELECT jobs.id FROM jobs JOIN unnest(:ids::uuid[], :fences::bigint[]) AS held (id, fence)
                   ON jobs.id = held.id AND jobs.fence = held.fence
                 WHERE jobs.worker = 'pgbench' AND jobs.state = 'running'
                 ORDER BY jobs.id FOR UPDATE OF jobs)
             UPDATE jobs SET state = 'done', finished_at = now(), lease_until = NULL
             FROM mine WHERE jobs.id = mine.id RETURNING jobs.id;\n"
        ),
    )?;
    let answer = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-f"])
        .arg(&script)
        .args([
            "-c",
            &clients.to_string(),
            "-j",
            &clients.min(2).to_string(),
        ])
        .args(["-t", &(jobs / room / clients).to_string(), fleet.url()])
        .output()
        .await
        .context("starting pgbench, which comes with Postgres")?;
    std::fs::remove_file(&script)?;
    let said = String::from_utf8_lossy(&answer.stdout).into_owned();
    let tps: f64 = said
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("{said}{}", String::from_utf8_lossy(&answer.stderr)))?;
    fleet.stop().await?;
    Ok(json!({
        "system": "pgbench", "mode": "ceiling", "clients": clients, "room": room, "jobs": jobs,
        "per_second": (tps * room as f64).round(),
    }))
}
