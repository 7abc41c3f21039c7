//! The binary `worker`.

use anyhow::Context;
use shared::clock::Clock;
use shared::config::{Config, Env};
use shared::{Core, db, telemetry};
use tokio::signal::unix::{SignalKind, signal};
use worker::config::WorkerConfig;
use worker::runtime::Runtime;

fn main() -> anyhow::Result<()> {
    let lookup = |name: &str| std::env::var(name).ok();
    let mut env = Env::new(&lookup);
    let config = (Config::read(&mut env), WorkerConfig::read(&mut env));
    let (config, own) = env.finish(config)?;
    let _sentry = telemetry::init(&config.telemetry);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the async runtime")?
        .block_on(run(config, own))
}

async fn run(config: Config, own: WorkerConfig) -> anyhow::Result<()> {
    telemetry::metrics::install_and_serve(own.metrics_addr).with_context(|| {
        format!(
            "serving metrics at {} (WORKER_METRICS_ADDR)",
            own.metrics_addr
        )
    })?;
    db::migrate(&config.db.url)
        .await
        .context("migrating the database")?;
    let mut runtime = Runtime::start(Core::new(config, Clock::system())?, own)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let broken = tokio::select! {
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
        () = runtime.broken() => true,
    };
    tracing::info!("stopping: no new jobs are taken");
    runtime.stop().await;
    anyhow::ensure!(!broken, "a part of the worker ended by itself");
    tracing::info!("stopped");
    Ok(())
}
