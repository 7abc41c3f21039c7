//! The worker runtime: claims, leases, deadlines, retries, dead letters, graceful stop.
//!
//! ```text
//!  wake-up in Redis ──▶ feeder (claims in Postgres) ──▶ apalis worker ──▶ runner ──▶ handler
//!                         ▲                                                  │
//!           dispatcher ───┴────────────── ledger (Postgres) ◀── closer ◀─────┘
//! ```
//!
//! A *feeder* for each queue is woken by wake-ups in Redis and claims jobs for its free slots. An
//! *apalis worker* for each queue receives the claims through its backend and runs them to their end.
//! The *runner* enforces the deadline of an attempt and writes its outcome; the *closer* does that for
//! many jobs at a time where there is no result. The *dispatcher* wakes feeders for jobs that come
//! due, and rescues the jobs of lost workers. The *keeper* renews leases.
//!
//! Independent of kinds of jobs and of features: a binary passes in its handlers, its state and the
//! rest as [`Parts`].

mod backend;
mod closer;
mod closing;
mod config;
mod context;
mod dispatcher;
mod failure;
mod feeder;
pub mod handler;
mod keeper;
mod leases;
mod pace;
mod record;
mod release;
mod runner;
pub mod store;
mod transition;
mod wakeup;

pub use config::RuntimeConfig;
pub use context::Parts;

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::WorkerBuilder;
use jobs::Queue;
use kernel::Error;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use backend::{Claimed, LedgerBackend};
use context::Context;
use handler::State;
use leases::Leases;
use pace::Pace;
use wakeup::Wakeup;

/// How long a stop may take to return jobs to the ledger.
const RETURN_WITHIN: Duration = Duration::from_secs(10);

/// A running worker.
pub struct Runtime<S: State> {
    context: Arc<Context<S>>,
    stop: watch::Sender<bool>,
    /// Listeners, feeders and the dispatcher; a stop ends them at once.
    sources: JoinSet<()>,
    /// Run the jobs; end when no claimed job is left.
    workers: JoinSet<()>,
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
        let mut wakeups = Vec::new();
        for &queue in &context.parts.catalogue.queues {
            let (claims, backend) = backend::channel();
            let client = context.parts.redis.client()?;
            let (wakeup, pace) = (Arc::new(Wakeup::new()), Arc::new(Pace::unknown()));
            let listening = wakeup::listen(
                context.clone(),
                queue,
                client,
                wakeup.clone(),
                stopped.clone(),
            );
            sources.spawn(listening);
            let feeder =
                feeder::Feeder::new(context.clone(), queue, wakeup.clone(), pace.clone(), claims);
            sources.spawn(feeder.run(stopped.clone()));
            workers.spawn(work(context.clone(), queue, pace, backend));
            wakeups.push((queue, wakeup));
        }
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
            keepers,
        })
    }

    /// Resolves when a component of the runtime has ended unexpectedly. The process must exit then, so
    /// that other workers take over its jobs.
    pub async fn broken(&mut self) {
        tokio::select! {
            _ = self.sources.join_next() => {}
            _ = self.workers.join_next() => {}
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
        let finished = tokio::time::timeout(self.context.parts.config.grace, finish).await;
        self.sources.shutdown().await;
        self.workers.shutdown().await;
        let closing = async {
            self.context.closing.flush().await;
            if finished.is_err() {
                record::return_all(&self.context).await;
            }
        };
        if tokio::time::timeout(RETURN_WITHIN, closing).await.is_err() {
            tracing::warn!("cannot write the outcomes of all jobs; their leases will expire");
        }
        self.keepers.shutdown().await;
    }
}

/// Runs the claims of one queue to their end.
async fn work<S: State>(
    context: Arc<Context<S>>,
    queue: Queue,
    pace: Arc<Pace>,
    backend: LedgerBackend,
) {
    let name = format!("{}:{}", context.name, queue.name());
    let run = move |claimed: Claimed| {
        let (context, pace) = (context.clone(), pace.clone());
        runner::run(context, queue, pace, claimed)
    };
    let worker = WorkerBuilder::new(name.as_str())
        .backend(backend)
        .build(run);
    if let Err(why) = worker.run().await {
        // Unreachable: the backend never fails, and the runner handles the errors of handlers.
        tracing::error!(queue = queue.name(), error = %why, "a worker ended unexpectedly");
    }
}
