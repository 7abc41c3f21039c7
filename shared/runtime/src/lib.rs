//! The worker runtime: claims, leases, deadlines, retries, dead letters, graceful stop.
//!
//! ```text
//!  wake-up in Redis ──▶ feeder (claims in Postgres) ──▶ apalis worker ──▶ layers ──▶ handler
//!                         ▲                                                 │
//!           dispatcher ───┴────────────── ledger (Postgres) ◀── closer ◀────┘
//! ```
//!
//! An *apalis worker* for each queue, under one monitor, takes claims from its backend and runs them
//! through its [`layers`]: span, outcome, run time, lease, deadline, panic. The *feeder* is the loop of
//! that backend: woken by wake-ups in Redis, it claims jobs for free slots. The *closer* writes the
//! outcome of many jobs at a time where there is no result. The *dispatcher* wakes feeders for jobs
//! that come due, and rescues the jobs of lost workers. The *keeper* renews leases.
//!
//! Independent of kinds of jobs and of features: a binary passes in its handlers, its state and the
//! rest as [`Parts`].

mod around;
mod backend;
mod claimed;
mod closer;
mod closing;
mod config;
mod context;
mod dispatcher;
mod failure;
mod feeder;
pub mod handler;
mod keeper;
mod layers;
mod leases;
mod pace;
mod record;
mod release;
pub mod store;
mod transition;
mod wakeup;

pub use config::RuntimeConfig;
pub use context::Parts;

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::{Monitor, ParallelizeExt, WorkerBuilder};
use jobs::Queue;
use kernel::Error;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use around::Around;
use backend::LedgerBackend;
use context::Context;
use feeder::Feeder;
use handler::State;
use leases::Leases;
use wakeup::Wakeup;

/// How long a stop may take to return jobs to the ledger.
const RETURN_WITHIN: Duration = Duration::from_secs(10);

/// A running worker.
pub struct Runtime<S: State> {
    context: Arc<Context<S>>,
    stop: watch::Sender<bool>,
    /// Listeners and the dispatcher; a stop ends them at once.
    sources: JoinSet<()>,
    /// The monitor, which runs the workers; ends when no claimed job is left.
    workers: JoinSet<()>,
    /// Notified when a worker has failed; the monitor itself goes on with the others.
    failed: Arc<Notify>,
    /// Renew leases and close done jobs; end last.
    keepers: JoinSet<()>,
}

impl<S: State> Runtime<S> {
    /// Starts all components.
    ///
    /// # Errors
    /// `Internal` for an invalid Redis address.
    pub fn start(parts: Parts<S>) -> Result<Self, Error> {
        let (stop, stopped) = watch::channel(false);
        let (closing, to_close) = closing::channel();
        let kinds = parts
            .registrations
            .iter()
            .copied()
            .flatten()
            .map(|one| one.entry.kind);
        let context = Arc::new(Context {
            name: format!("worker-{}", Uuid::now_v7()),
            kinds: kinds.collect(),
            leases: Leases::default(),
            closing,
            stopped: stopped.clone(),
            parts,
        });
        let (mut sources, mut workers) = (JoinSet::new(), JoinSet::new());
        let failed = Arc::new(Notify::new());
        let mut monitor = monitor(failed.clone());
        let mut wakeups = Vec::new();
        for &queue in &context.parts.catalogue.queues {
            let wakeup = Arc::new(Wakeup::new());
            let listening = wakeup::listen(context.clone(), queue, wakeup.clone(), stopped.clone());
            sources.spawn(listening);
            monitor = register(monitor, context.clone(), queue, wakeup.clone());
            wakeups.push((queue, wakeup));
        }
        workers.spawn(async move {
            // Its error is that of a worker, which `failed` has reported.
            let _ = monitor.run().await;
        });
        sources.spawn(dispatcher::Dispatcher::new(context.clone(), wakeups).run(stopped));
        let mut keepers = JoinSet::new();
        keepers.spawn(keeper::keep(context.clone()));
        keepers.spawn(closer::run(context.clone(), to_close));
        tracing::info!(worker = context.name, "taking jobs");
        Ok(Self {
            context,
            stop,
            sources,
            workers,
            failed,
            keepers,
        })
    }

    /// What this worker is called in the rows of the ledger.
    pub fn name(&self) -> &str {
        &self.context.name
    }

    /// Resolves when a component of the runtime has ended unexpectedly. The process must exit then, so
    /// that other workers take over its jobs.
    pub async fn broken(&mut self) {
        tokio::select! {
            _ = self.sources.join_next() => {}
            _ = self.workers.join_next() => {}
            () = self.failed.notified() => {}
            _ = self.keepers.join_next() => {}
        }
    }

    /// Claims no more jobs, lets running ones finish within the grace period, and returns the
    /// rest to the ledger, without spending an attempt.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let finish = async {
            while self.sources.join_next().await.is_some() {}
            while self.workers.join_next().await.is_some() {}
        };
        let _ = tokio::time::timeout(self.context.parts.config.grace, finish).await;
        self.sources.shutdown().await;
        self.workers.shutdown().await;
        let closing = async {
            self.context.closing.flush().await;
            record::return_all(&self.context).await;
        };
        if tokio::time::timeout(RETURN_WITHIN, closing).await.is_err() {
            tracing::warn!("cannot write the outcomes of all jobs; their leases will expire");
        }
        self.keepers.shutdown().await;
    }
}

/// A monitor that starts no worker again: the claims of a worker that failed are lost with it, so the
/// process must exit.
fn monitor(failed: Arc<Notify>) -> Monitor {
    Monitor::new().should_restart(move |worker, why| {
        tracing::error!(worker = worker.name(), error = %why, "a worker ended unexpectedly");
        failed.notify_one();
        false
    })
}

/// Adds the worker of a queue.
fn register<S: State>(
    monitor: Monitor,
    context: Arc<Context<S>>,
    queue: Queue,
    wakeup: Arc<Wakeup>,
) -> Monitor {
    monitor.register(move |_| {
        let feeder = Feeder::new(context.clone(), queue, wakeup.clone());
        WorkerBuilder::new(format!("{}:{}", context.name, queue.name()))
            .backend(LedgerBackend::new(feeder))
            .parallelize(layers::spawn)
            .layer(Around(layers::span))
            .layer(Around(layers::outcome))
            .layer(Around(layers::measure))
            .layer(Around(layers::lease))
            .layer(Around(layers::deadline))
            .layer(Around(layers::panic))
            .build(layers::handle)
    })
}

#[cfg(test)]
mod tests {
    use apalis_core::backend::TaskSink;
    use apalis_core::backend::dequeue::VecDequeBackend;

    use super::*;

    /// Runs one task, which panics or never ends.
    async fn worker(monitor: Monitor, fails: bool) -> Monitor {
        let mut backend = VecDequeBackend::new();
        backend.push(()).await.expect("a queue in memory");
        monitor.register(move |_| {
            WorkerBuilder::new("worker")
                .backend(backend.clone())
                .build(move |()| async move {
                    assert!(!fails, "as a fault of the runtime would");
                    std::future::pending::<()>().await;
                })
        })
    }

    #[tokio::test]
    async fn a_worker_that_fails_is_reported_while_the_others_run() {
        let failed = Arc::new(Notify::new());
        let monitor = worker(monitor(failed.clone()), false).await;
        let monitor = worker(monitor, true).await;
        tokio::select! {
            _ = monitor.run() => panic!("the monitor waits for all workers"),
            () = failed.notified() => {}
        }
    }
}
