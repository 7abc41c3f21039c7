//! The chaos suite: real workers, a real API, a Postgres and a Redis of its own, all of which are
//! broken in turn while jobs run; then everything that was accepted is counted. Started by
//! `make chaos` (`deploy/local/chaos.sh`), explained in `docs/CHAOS.md`. For developers; no part of
//! the product.

mod api;
mod rate;
mod readings;
mod report;
mod scenarios;
mod servers;
mod stage;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use tokio::signal::unix::{SignalKind, signal};

use report::Report;
use servers::Servers;
use stage::Scenario;

/// Where everything is, and how much.
pub struct House {
    /// Folder of the binaries `api` and `worker`: beside our own.
    pub binaries: PathBuf,
    /// The private servers, and our logs and report.
    pub servers: Servers,
    pub seed: u64,
    /// Probes a second.
    pub rate: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate())?;
    // Dropping the suite kills its processes.
    tokio::select! {
        kept = run() => kept,
        _ = terminate.recv() => Ok(ExitCode::from(143)),
        _ = tokio::signal::ctrl_c() => Ok(ExitCode::from(130)),
    }
}

async fn run() -> anyhow::Result<ExitCode> {
    let house = house()?;
    println!("SEED={}", house.seed);
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let chosen: Vec<&Scenario> = scenarios::ALL
        .iter()
        .filter(|scenario| wanted.is_empty() || scenario.name == wanted)
        .collect();
    ensure!(
        !chosen.is_empty(),
        "no scenario {wanted:?}; there are: {}",
        names()
    );
    let mut report = Report::new(house.seed, house.rate);
    for (at, scenario) in chosen.iter().enumerate() {
        println!(
            "\n[{}/{}] {}: {}",
            at + 1,
            chosen.len(),
            scenario.name,
            scenario.about
        );
        let row = stage::play(&house, scenario).await;
        println!("  {}", row.in_a_word());
        report.add(row);
        // What a scenario that failed half-way left stopped.
        house.servers.start().await?;
    }
    let text = report.markdown();
    println!("\n{text}");
    std::fs::write(house.servers.data.join("report.md"), text).context("writing the report")?;
    Ok(ExitCode::from(u8::from(!report.is_kept())))
}

fn house() -> anyhow::Result<House> {
    let own = std::env::current_exe()?;
    let rate = std::env::var("RATE").ok().filter(|rate| !rate.is_empty());
    Ok(House {
        binaries: own.parent().context("a folder")?.to_owned(),
        servers: Servers::of(&std::env::current_dir()?),
        seed: world::chaos::seed()?,
        rate: rate.map_or(Ok(200), |rate| rate.parse()).context("RATE")?,
    })
}

fn names() -> String {
    let names: Vec<&str> = scenarios::ALL.iter().map(|one| one.name).collect();
    names.join(", ")
}
