//! One scenario from its beginning to its end: workers, an API and a load in a world of their own,
//! the rate before, the fault, the rate after, and the counting.

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
use crate::{House, rate};

/// How many workers there are.
const WORKERS: usize = 3;

/// How long the load runs until it is even, and then until the fault.
const WARM_UP: Duration = Duration::from_secs(6);
const BEFORE: Duration = Duration::from_secs(6);

/// How long it goes on after the fault at least, and how long the rate may stay away.
const AFTER: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(60);

/// What a fault can break.
pub struct Stage<'a> {
    pub arena: Arena,
    pub api: Api,
    pub servers: &'a Servers,
    /// What the fault has to tell.
    pub told: Vec<String>,
    readings: Background<Vec<Accepted>>,
}

/// A fault; it is over when this resolves.
pub type Fault<'a> = LocalBoxFuture<'a, anyhow::Result<()>>;

/// One way to break things.
pub struct Scenario {
    pub name: &'static str,
    /// What is done.
    pub about: &'static str,
    /// The load, for a number of jobs a second.
    pub mix: fn(u32) -> Mix,
    /// Settings of the workers and the API that differ.
    pub settings: &'static [(&'static str, &'static str)],
    /// Whether every job has to be done in its first attempt, unless its script fails.
    pub spends_nothing: bool,
    pub fault: for<'a, 'b> fn(&'a mut Stage<'b>) -> Fault<'a>,
}

/// Plays a scenario; what goes wrong with the suite itself counts as broken, too.
pub async fn play(house: &House, scenario: &Scenario) -> Row {
    let mut row = Row {
        name: scenario.name,
        ..Row::default()
    };
    if let Err(why) = Box::pin(play_to_the_end(house, scenario, &mut row)).await {
        row.broken.push(format!("{why:#}"));
    }
    row
}

async fn play_to_the_end(house: &House, scenario: &Scenario, row: &mut Row) -> anyhow::Result<()> {
    let mut stage = open(house, scenario).await?;
    tokio::time::sleep(WARM_UP + BEFORE).await;
    let begin = now();
    row.before = rate::per_second(&stage.times().await?, begin - millis(BEFORE), begin);
    println!("  before: {:.1} a second; now it breaks", row.before);
    (scenario.fault)(&mut stage).await.context("the fault")?;
    let end = now();
    println!("  over after {:.1} s", (end - begin) as f64 / 1_000.0);
    let back = stage.wait_for_rate(row.before, end).await?;
    let times = stage.times().await?;
    write_course(house, scenario, &times, begin, end)?;
    row.pause = rate::longest_pause(&times, begin, end) as f64 / 1_000.0;
    row.back = back.map(|at| (at - end) as f64 / 1_000.0);
    row.after = rate::per_second(&times, back.unwrap_or(end), now());
    println!("  after: {:.1} a second; counting", row.after);
    row.told.append(&mut stage.told);
    let (settled, outcome) = stage.settle().await?;
    fill(row, scenario, &settled, &outcome);
    Ok(())
}

async fn open<'a>(house: &'a House, scenario: &Scenario) -> anyhow::Result<Stage<'a>> {
    let logs = logs(house, scenario);
    let _ = std::fs::remove_dir_all(&logs);
    std::fs::create_dir_all(&logs)?;
    let mut world = World::new().await?;
    for (name, value) in settings(scenario) {
        world.set(name, value);
    }
    world
        .faults(serde_json::json!({ "ai": { "latency_ms": 400 } }))
        .await?;
    let mut api = Api::new(&house.binaries.join("api"), &logs, &mut world)?;
    api.start(&world).await?;
    let arena = Arena::open(
        &house.binaries.join("worker"),
        world,
        (house.seed, scenario.name),
        (WORKERS, (scenario.mix)(house.rate)),
        Some(&logs),
    )
    .await?;
    Ok(Stage {
        readings: readings::stream(Arc::clone(&arena.world), api.url.clone()),
        arena,
        api,
        servers: &house.servers,
        told: Vec::new(),
    })
}

/// Short leases, so that a minute shows what would take several; else as in production.
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

/// The results of every second, for whoever wants to see the course of a fault.
fn write_course(
    house: &House,
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
    let file = logs(house, scenario).join("course.csv");
    std::fs::write(file, text).context("writing the course")
}

fn logs(house: &House, scenario: &Scenario) -> PathBuf {
    house.servers.data.join("logs").join(scenario.name)
}

fn fill(row: &mut Row, scenario: &Scenario, settled: &Settled, outcome: &Outcome) {
    let tally = &settled.tally;
    row.jobs = tally.accepted + outcome.all;
    row.lost = tally.lost + outcome.lost;
    row.twice = tally.twice + outcome.twice;
    row.stuck = tally.stuck;
    row.overpaid = outcome.overpaid;
    row.told
        .push(format!("{} taken back from lost workers", settled.rescued));
    row.told.push(format!(
        "{} of {} photos' calls doubted",
        outcome.doubted, outcome.all
    ));
    row.told
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
        row.broken.push("the rate did not come back".to_owned());
    }
}

impl Stage<'_> {
    /// When each result was applied.
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

    /// Goes on until the rate is back, or for as long as it may stay away.
    async fn wait_for_rate(&self, before: f64, from: i64) -> anyhow::Result<Option<i64>> {
        let started = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_millis(250)).await;
            let back = match self.times().await {
                Ok(times) => rate::back_at(&times, before, from, now()),
                // A connection that the fault has broken; the next one works.
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
