//! The chaos suite: breaks real workers, a real API, a Postgres and a Redis of its own in turn while jobs
//! run, then counts the results of everything that was accepted. Started by
//! `make chaos` (`deploy/local/chaos.sh`), explained in `docs/CHAOS.md`. For developers; not
//! part of the product.

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

/// The settings of a run.
pub struct Setup {
    /// Folder of the binaries `api` and `worker`: that of this binary.
    pub binaries: PathBuf,
    /// The private servers, and the folder of logs and report.
    pub servers: Servers,
    pub seed: u64,
    /// Probes per second.
    pub rate: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate())?;
    // Dropping the suite kills its processes.
    tokio::select! {
        outcome = run() => outcome,
        _ = terminate.recv() => Ok(ExitCode::from(143)),
        _ = tokio::signal::ctrl_c() => Ok(ExitCode::from(130)),
    }
}

async fn run() -> anyhow::Result<ExitCode> {
    let setup = setup()?;
    println!("SEED={}", setup.seed);
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let chosen: Vec<&Scenario> = scenarios::ALL
        .iter()
        .filter(|scenario| wanted.is_empty() || scenario.name == wanted)
        .collect();
    ensure!(
        !chosen.is_empty(),
        "unknown SCENARIO {wanted:?}; known: {}",
        names()
    );
    let mut report = Report::new(setup.seed, setup.rate);
    for (at, scenario) in chosen.iter().enumerate() {
        println!(
            "\n[{}/{}] {}: {}",
            at + 1,
            chosen.len(),
            scenario.name,
            scenario.about
        );
        let row = stage::run(&setup, scenario).await;
        println!("  {}", row.summary());
        report.add(row);
        // A scenario that failed half-way may have left a server stopped.
        setup.servers.start().await?;
    }
    let text = report.markdown();
    println!("\n{text}");
    std::fs::write(setup.servers.data.join("report.md"), text).context("writing the report")?;
    Ok(ExitCode::from(u8::from(!report.all_kept())))
}

fn setup() -> anyhow::Result<Setup> {
    let own = std::env::current_exe()?;
    let rate = std::env::var("RATE").ok().filter(|rate| !rate.is_empty());
    Ok(Setup {
        binaries: own
            .parent()
            .context("the folder of this binary")?
            .to_owned(),
        servers: Servers::of(&std::env::current_dir()?),
        seed: world::chaos::seed()?,
        rate: rate.map_or(Ok(200), |rate| rate.parse()).context("RATE")?,
    })
}

fn names() -> String {
    let names: Vec<&str> = scenarios::ALL.iter().map(|one| one.name).collect();
    names.join(", ")
}
