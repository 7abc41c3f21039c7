//! Runs one scenario: workers, an API and a load in a world of their own, the rate before, the fault, the
//! rate after, and the counting.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::Utc;
use diesel::QueryDsl;
use diesel_async::RunQueryDsl;
use futures_util::future::LocalBoxFuture;
use schema::probe_results;
use world::World;
use world::chaos::{Arena, Background, Delays, Mix, Settled};

use crate::api::Api;
use crate::readings::{self, Accepted, Outcome};
use crate::report::Row;
use crate::servers::Servers;
use crate::{Setup, rate};

/// Number of workers.
const WORKERS: usize = 3;

/// The time until the load is steady, and then until the fault.
const WARM_UP: Duration = Duration::from_secs(6);
const BEFORE: Duration = Duration::from_secs(6);

/// The least time of the load after the fault, and the longest wait for the recovery.
const AFTER: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that a fault can break.
pub struct Stage<'a> {
    pub arena: Arena,
    pub api: Api,
    pub servers: &'a Servers,
    /// Notes of the fault for the report.
    pub notes: Vec<String>,
    readings: Background<Vec<Accepted>>,
}

/// A running fault; it is over when this resolves.
pub type Fault<'a> = LocalBoxFuture<'a, anyhow::Result<()>>;

/// A scenario.
pub struct Scenario {
    pub name: &'static str,
    /// What the fault does, for the log.
    pub about: &'static str,
    /// The load, for a number of jobs per second.
    pub mix: fn(u32) -> Mix,
    /// Settings of the workers and the API that differ from the usual ones.
    pub settings: &'static [(&'static str, &'static str)],
    /// Whether every job has to succeed in its first attempt, unless its script fails.
    pub spends_nothing: bool,
    pub fault: for<'a, 'b> fn(&'a mut Stage<'b>) -> Fault<'a>,
}

/// Runs a scenario; a failure of the suite itself counts as a broken promise, too.
pub async fn run(setup: &Setup, scenario: &Scenario) -> Row {
    let mut row = Row {
        name: scenario.name,
        ..Row::default()
    };
    if let Err(why) = Box::pin(run_to_the_end(setup, scenario, &mut row)).await {
        row.broken.push(format!("{why:#}"));
    }
    row
}

async fn run_to_the_end(setup: &Setup, scenario: &Scenario, row: &mut Row) -> anyhow::Result<()> {
    let mut stage = open(setup, scenario).await?;
    tokio::time::sleep(WARM_UP + BEFORE).await;
    let begin = now();
    row.before = rate::per_second(&stage.times().await?, begin - millis(BEFORE), begin);
    println!("  before: {:.1} per second; the fault begins", row.before);
    (scenario.fault)(&mut stage).await.context("the fault")?;
    let end = now();
    println!(
        "  the fault ended after {:.1} s",
        (end - begin) as f64 / 1_000.0
    );
    let back = stage.wait_for_rate(row.before, end).await?;
    let times = stage.times().await?;
    write_course(setup, scenario, &times, begin, end)?;
    row.pause = rate::longest_pause(&times, begin, end) as f64 / 1_000.0;
    row.back = back.map(|at| (at - end) as f64 / 1_000.0);
    row.after = rate::per_second(&times, back.unwrap_or(end), now());
    println!("  after: {:.1} per second; counting", row.after);
    row.notes.append(&mut stage.notes);
    let (settled, outcome) = stage.settle().await?;
    fill(row, scenario, &settled, &outcome);
    Ok(())
}

async fn open<'a>(setup: &'a Setup, scenario: &Scenario) -> anyhow::Result<Stage<'a>> {
    let logs = logs(setup, scenario);
    let _ = std::fs::remove_dir_all(&logs);
    std::fs::create_dir_all(&logs)?;
    let mut world = World::new().await?;
    for (name, value) in settings(scenario) {
        world.set(name, value);
    }
    world.faults(usual_faults()).await?;
    let mut api = Api::new(&setup.binaries.join("api"), &logs, &mut world)?;
    api.start(&world).await?;
    let arena = Arena::open(
        &setup.binaries.join("worker"),
        world,
        (setup.seed, scenario.name),
        (WORKERS, (scenario.mix)(setup.rate)),
        Some(&logs),
    )
    .await?;
    Ok(Stage {
        readings: readings::stream(Arc::clone(&arena.world), api.url.clone()),
        arena,
        api,
        servers: &setup.servers,
        notes: Vec::new(),
    })
}

/// What the vendors do in every scenario: the AI takes its time.
pub fn usual_faults() -> serde_json::Value {
    serde_json::json!({ "ai": { "latency_ms": 400 } })
}

/// Short leases, so that a run takes a minute and not several; else as in production.
fn settings(scenario: &Scenario) -> impl Iterator<Item = (&str, &str)> {
    let all = [
        ("LOG_LEVEL", "info"),
        ("WORKER_LEASE_MS", "3000"),
        ("WORKER_DISPATCH_MS", "500"),
        ("WORKER_OTHER_CONCURRENCY", "16"),
        ("DATABASE_POOL_SIZE", "12"),
    ];
    all.into_iter().chain(scenario.settings.iter().copied())
}

/// Writes the results of every second to a file, for a plot.
fn write_course(
    setup: &Setup,
    scenario: &Scenario,
    times: &[i64],
    begin: i64,
    end: i64,
) -> anyhow::Result<()> {
    let until = (end - begin) / 1_000;
    let mut text = format!("second,results\n# the fault lasts from 0 to {until}\n");
    let first = times.first().map_or(0, |first| (first - begin).min(0));
    for second in first.div_euclid(1_000)..(now() - begin) / 1_000 {
        let from = begin + second * 1_000;
        let count = rate::per_second(times, from, from + 1_000);
        text.push_str(&format!("{second},{count}\n"));
    }
    let file = logs(setup, scenario).join("course.csv");
    std::fs::write(file, text).context("writing the course")
}

fn logs(setup: &Setup, scenario: &Scenario) -> PathBuf {
    setup.servers.data.join("logs").join(scenario.name)
}

fn fill(row: &mut Row, scenario: &Scenario, settled: &Settled, outcome: &Outcome) {
    let tally = &settled.tally;
    row.jobs = tally.accepted + outcome.all;
    row.lost = tally.lost + outcome.lost;
    row.twice = tally.twice + outcome.twice;
    row.stuck = tally.stuck;
    row.overpaid = outcome.overpaid;
    row.notes
        .push(format!("{} taken back from lost workers", settled.rescued));
    row.notes.push(format!(
        "{} of {} photos' calls doubted",
        outcome.doubted, outcome.all
    ));
    row.notes
        .push(format!("most of one key at once {}", settled.most_of_a_key));
    row.broken.extend(settled.broken());
    let readings = [
        (outcome.lost, "readings lost"),
        (outcome.twice, "readings twice in a chat"),
        (outcome.overpaid, "answers paid for without need"),
    ];
    for (count, what) in readings.into_iter().filter(|(count, _)| *count > 0) {
        row.broken.push(format!("{count} {what}"));
    }
    if scenario.spends_nothing && tally.spent > 0 {
        row.broken
            .push(format!("{} attempts spent for nothing", tally.spent));
    }
    if row.back.is_none() {
        row.broken.push("the rate did not recover".to_owned());
    }
}

impl Stage<'_> {
    /// The times at which the results were applied.
    async fn times(&self) -> anyhow::Result<Vec<i64>> {
        let applied: Vec<chrono::DateTime<Utc>> = probe_results::table
            .select(probe_results::applied_at)
            .order(probe_results::applied_at)
            .load(&mut self.arena.pool.get().await?)
            .await?;
        Ok(applied
            .iter()
            .map(chrono::DateTime::timestamp_millis)
            .collect())
    }

    /// Waits until the rate has recovered, or until the longest wait is over.
    async fn wait_for_rate(&self, before: f64, from: i64) -> anyhow::Result<Option<i64>> {
        let started = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_millis(250)).await;
            let back = match self.times().await {
                Ok(times) => rate::back_at(&times, before, from, now()),
                // The fault has broken this connection; the next one works.
                Err(_) => None,
            };
            let waited = started.elapsed();
            if (back.is_some() && waited > AFTER) || waited > PATIENCE {
                return Ok(back);
            }
        }
    }

    async fn settle(self) -> anyhow::Result<(Settled, Outcome)> {
        let accepted = self.readings.stop().await?;
        let (world, pool) = (self.arena.world.clone(), self.arena.pool.clone());
        let settled = self.arena.settle(Delays::Real).await?;
        let mut conn = pool.get().await?;
        let outcome = Outcome::of(&world, &self.api.url, &mut conn, &accepted).await?;
        Ok((settled, outcome))
    }
}

fn now() -> i64 {
    Utc::now().timestamp_millis()
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
