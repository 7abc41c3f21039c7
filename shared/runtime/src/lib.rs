//! The promises about jobs, kept: claim, lease, deadline, retry, dead letter, graceful stop.
//!
//! ```text
//!  mark in Redis ──▶ feeder (claims in Postgres) ──▶ apalis worker ──▶ runner ──▶ handler
//!                      ▲                                                  │
//!        dispatcher ───┴────────────── ledger (Postgres) ◀── closer ◀─────┘
//! ```
//!
//! A *feeder* for each queue is woken by marks in Redis and claims jobs for its free slots. An
//! *apalis worker* for each queue takes the claims as its backend and drives them to their end.
//! The *runner* gives each its deadline and writes down how it ended; the *closer* does that for
//! many jobs at a time where there is no result. The *dispatcher* wakes feeders for what comes due
//! by itself, and takes jobs back from lost workers. The *keeper* renews leases.
//!
//! Nothing here knows a kind of job or a feature: a binary hands in its handlers, its state and all
//! else as [`Parts`].

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

/// How long returning jobs to the ledger may take at a stop.
const RETURN_WITHIN: Duration = Duration::from_secs(10);

/// A running worker.
pub struct Runtime<S: State> {
    context: Arc<Context<S>>,
    stop: watch::Sender<bool>,
    /// Bring work: end at once.
    sources: JoinSet<()>,
    /// Do it: end when they have nothing left.
    workers: JoinSet<()>,
    /// Keep what is held, and close what is done, to the very end.
    keepers: JoinSet<()>,
}

impl<S: State> Runtime<S> {
    /// Starts to work.
    ///
    /// # Errors
    /// An address of Redis that cannot be read.
    pub fn start(parts: Parts<S>) -> Result<Self, Error> {
        let (stop, stopped) = watch::channel(false);
        let (closing, to_close) = closing::channel();
        let kinds = parts.registrations.iter().map(|one| one.entry.kind);
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
        for &queue in context.parts.catalogue.queues {
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

    /// Resolves when a part of the runtime has ended by itself, which none of them should. The
    /// process must end then, so that its jobs go to another.
    pub async fn broken(&mut self) {
        tokio::select! {
            _ = self.sources.join_next() => {}
            _ = self.workers.join_next() => {}
            _ = self.keepers.join_next() => {}
        }
    }

    /// Takes no more jobs, lets running ones finish within the grace period, and returns the
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
            tracing::warn!("not all jobs could be written down; their leases will expire");
        }
        self.keepers.shutdown().await;
    }
}

/// Drives the claims of one queue to their end.
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
        // The backend never fails and handlers answer for their own errors.
        tracing::error!(queue = queue.name(), error = %why, "a worker ended by itself");
    }
}
