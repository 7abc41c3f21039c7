//! The binary `worker`.

use std::time::Duration;

use anyhow::Context;
use kernel::clock::Clock;
use kernel::env::{self, Env};
use kernel::telemetry;
use product::Core;
use product::config::Config;
use product::secret_ages::{self, InUse};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::task::AbortOnDropHandle;
use worker::Worker;
use worker::config::WorkerConfig;

/// Much less than a lease.
const NUDGE_EVERY: Duration = Duration::from_millis(100);

fn main() -> anyhow::Result<()> {
    let read = |env: &mut Env<'_>| {
        let in_use = InUse::read(env, &[product::SETTINGS, worker::config::SETTINGS]);
        (Config::read(env), WorkerConfig::read(env), in_use)
    };
    let read = env::of_process(read);
    if let Some(code) = env::checked(&read) {
        std::process::exit(code);
    }
    let ((config, own, in_use), warnings) = read?;
    let _telemetry = telemetry::init(&config.telemetry, "symancy-worker");
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    // At least two, so that a handler that blocks its thread leaves one.
    let threads = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .context("starting the async runtime")?;
    keep_awake(runtime.handle().clone());
    runtime.block_on(run(config, own, in_use))
}

/// Wakes an idle thread of the runtime periodically. A handler that blocks its thread may block the one
/// that polls I/O and timers, and the idle threads do not notice: meanwhile leases would not be renewed
/// (tokio's issue 4730).
fn keep_awake(runtime: Handle) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(NUDGE_EVERY);
            drop(runtime.spawn(async {}));
        }
    });
}

async fn run(config: Config, own: WorkerConfig, in_use: InUse) -> anyhow::Result<()> {
    telemetry::metrics::install_and_serve(own.metrics_addr, &product::metrics()).with_context(
        || {
            format!(
                "serving metrics at {} (WORKER_METRICS_ADDR)",
                own.metrics_addr
            )
        },
    )?;
    product::time_statements()?;
    // From the beginning: a worker that is stopped while it starts ends as well as any.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut asked = std::pin::pin!(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    });
    tokio::select! {
        prepared = product::prepare(&config.db) => prepared.context("migrating the database")?,
        () = &mut asked => return Ok(()),
    }
    let core = Core::new(config, Clock::system())?;
    let ages = tokio::spawn(secret_ages::publish(core.clone(), in_use));
    let _publishing = AbortOnDropHandle::new(ages);
    let mut worker = Worker::start(core, own)?;
    let broken = tokio::select! {
        () = asked => false,
        () = worker.broken() => true,
    };
    tracing::info!("stopping: no new jobs are claimed");
    worker.stop().await;
    anyhow::ensure!(!broken, "a task of the worker ended unexpectedly");
    tracing::info!("stopped");
    Ok(())
}
