//! The cost of a claim beside many finished jobs, and after sustained load.

use std::path::Path;
use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use jobs::claims;
use jobs::claims::ClaimRequest;
use jobs::limits::Limits;
use jobs::{Job, MAINTENANCE, Priority};
use probes::jobs::Noop;
use serde_json::{Value, json};

use crate::drain::enqueue;
use crate::fleet::{Fleet, settle};

/// The number of measured claims.
const CLAIMS: usize = 500;

/// The number of waiting jobs; each claim takes one.
const WAITING: usize = 2_000;

/// `EXPLAIN` of the inner query of `jobs_claim`.
const HEAD: &str = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)
    SELECT id, limit_keys FROM jobs
    WHERE queue = 'maintenance' AND priority = 2 AND state = 'queued' AND blocked_on IS NULL
      AND run_at <= now() AND kind = ANY ('{probes.noop.v1}')
    ORDER BY run_at LIMIT 16 FOR UPDATE SKIP LOCKED";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    #[diesel(column_name = "QUERY PLAN")]
    text: String,
}

/// Measures claims beside `finished` done jobs, as many as retention would keep.
pub async fn beside(finished: usize) -> anyhow::Result<Value> {
    let fleet = Fleet::new().await?;
    let mut conn = fleet.db().await?;
    conn.batch_execute(&format!(
        "SET synchronous_commit = off;
         INSERT INTO jobs (id, kind, queue, args, max_attempts, state, attempt, fence, worker,
             created_at, started_at, finished_at)
         SELECT (lpad(to_hex(at), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid,
             'probes.noop.v1', 'maintenance', jsonb_build_object('id', md5(n::text)::uuid), 3,
             'done', 1, 1, 'worker', to_timestamp(at / 1000.0), to_timestamp(at / 1000.0),
             to_timestamp(at / 1000.0)
         FROM (SELECT n, (extract(epoch FROM now() - interval '7 days') * 1000)::bigint
                   + n * 604800000 / {finished} AS at
               FROM generate_series(1::bigint, {finished}) AS n) AS week"
    ))
    .await?;
    enqueue(&mut conn, WAITING).await?;
    settle(&mut conn).await?;
    let (median, p99) = claim_times(&mut conn).await?;
    let plan = plan(&mut conn).await?;
    fleet.stop().await?;
    Ok(json!({
        "mode": "claim", "finished": finished, "median_ms": median, "p99_ms": p99, "plan": plan,
    }))
}

/// Measures claims after a worker has completed `jobs`, with autovacuum as the only cleanup.
pub async fn after(binary: &Path, jobs: usize) -> anyhow::Result<Value> {
    let mut fleet = Fleet::new().await?;
    let mut conn = fleet.db().await?;
    fleet.start(binary, 1, 10)?;
    let mut left = jobs;
    while left > 0 {
        let count = left.min(20_000);
        enqueue(&mut conn, count).await?;
        left -= count;
    }
    while !claims::next_due(&mut conn, &[MAINTENANCE], &[Noop::KIND])
        .await?
        .is_empty()
    {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    fleet.stop().await?;
    enqueue(&mut conn, WAITING).await?;
    let (median, p99) = claim_times(&mut conn).await?;
    Ok(json!({ "mode": "claim", "worked_off": jobs, "median_ms": median, "p99_ms": p99 }))
}

/// Median and p99 of the time that a claim of one job takes, in milliseconds, as measured by the client.
async fn claim_times(conn: &mut AsyncPgConnection) -> anyhow::Result<(f64, f64)> {
    let limits = Limits::new([]);
    let mut took = Vec::new();
    for turn in 0..CLAIMS {
        let request = ClaimRequest {
            queue: MAINTENANCE,
            kinds: &[Noop::KIND],
            classes: Priority::order_of_claim(u64::try_from(turn)?),
            room: 1,
            window: 1,
            worker: "bench",
            lease: Duration::from_secs(3_600),
            limits: &limits,
        };
        let begun = Instant::now();
        let claimed = claims::claim(conn, &request).await?;
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
        anyhow::ensure!(claimed.claims.len() == 1, "nothing to claim");
    }
    took.sort_by(f64::total_cmp);
    let round = |ms: f64| (ms * 1_000.0).round() / 1_000.0;
    Ok((round(took[CLAIMS / 2]), round(took[CLAIMS * 99 / 100])))
}

async fn plan(conn: &mut AsyncPgConnection) -> anyhow::Result<Vec<String>> {
    let lines: Vec<Line> = diesel::sql_query(HEAD).load(conn).await?;
    Ok(lines.into_iter().map(|line| line.text).collect())
}
