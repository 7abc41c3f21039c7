//! The promises about jobs, kept: claim, lease, deadline, retry, dead letter, graceful stop.
//!
//! ```text
//!  mark in Redis ──▶ feeder (claims in Postgres) ──▶ apalis worker ──▶ runner ──▶ handler
//!                      ▲                                                  │
//!        dispatcher ───┴────────────── ledger (Postgres) ◀── closer ◀─────┘
//! ```
//!
//! A *feeder* for each queue is woken by marks in Redis and claims jobs for its free hands. An
//! *apalis worker* for each queue takes the claims as its backend and drives them to their end.
//! The *runner* gives each its deadline and writes down how it ended; the *closer* does that for
//! many jobs at a time where there is no result. The *dispatcher* wakes feeders for what comes due
//! by itself, and takes jobs back from lost workers. The *keeper* renews leases.

mod backend;
mod closer;
mod dispatcher;
mod feeder;
pub mod handler;
mod leases;
mod pace;
pub(crate) mod paid;
mod runner;
pub(crate) mod store;
mod wakeup;

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::WorkerBuilder;
use shared::Core;
use shared::features::ai::gate::Gate;
use shared::features::analyses::jobs::IMAGE;
use shared::features::analyses::prompts::Library;
use shared::jobs::Queue;
use shared::product::JOBS;
use shared::providers::ai::catalogue::Catalogue;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::config::WorkerConfig;
use crate::registry;
use crate::state::WorkerState;
use backend::{Claimed, LedgerBackend};
use leases::Leases;
use pace::Pace;
use wakeup::Wakeup;

/// How long returning jobs to the ledger may take at a stop.
const RETURN_WITHIN: Duration = Duration::from_secs(10);

/// A running worker.
pub struct Runtime {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    /// Those who bring work: end at once.
    bringers: JoinSet<()>,
    /// Those who do it: end when they have nothing left.
    workers: JoinSet<()>,
    /// Keep what is held, and close what is done, to the very end.
    keepers: JoinSet<()>,
}

/// What the parts of the runtime have in common.
pub(crate) struct Shared {
    pub state: WorkerState,
    pub config: WorkerConfig,
    /// Unique for each start of a process: names it in the ledger.
    pub name: String,
    pub kinds: Vec<&'static str>,
    pub leases: Leases,
    pub closing: closer::Closing,
    stopped: watch::Receiver<bool>,
}

impl Shared {
    /// Whether the process was asked to stop.
    pub fn is_stopping(&self) -> bool {
        *self.stopped.borrow()
    }
}

impl Runtime {
    /// Starts to work.
    ///
    /// # Errors
    /// An address of Redis that cannot be read; what is wrong with the files of the AI.
    pub fn start(core: Core, config: WorkerConfig) -> anyhow::Result<Self> {
        let name = format!("worker-{}", Uuid::now_v7());
        let catalogue = Catalogue::of(&core.config.ai).map_err(anyhow::Error::msg)?;
        let prompts = Library::open(&core.config.ai.workflows).map_err(anyhow::Error::msg)?;
        let (stop, stopped) = watch::channel(false);
        let (closing, to_close) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            state: WorkerState {
                gate: Gate::new(&core.config.redis, core.config.ai_use.breaker)?,
                catalogue: Arc::new(catalogue),
                prompts,
                core,
                decoders: Arc::new(Semaphore::new(config.concurrency(IMAGE))),
                keep: config.keep,
            },
            leases: Leases::default(),
            kinds: registry::ALL
                .iter()
                .map(|registration| registration.entry.kind)
                .collect(),
            config,
            name,
            closing,
            stopped: stopped.clone(),
        });
        let (mut bringers, mut workers) = (JoinSet::new(), JoinSet::new());
        let mut wakeups = Vec::new();
        for &queue in JOBS.queues {
            let (claims, backend) = backend::channel();
            let client = shared.state.core.config.redis.client()?;
            let (wakeup, pace) = (Arc::new(Wakeup::new()), Arc::new(Pace::unknown()));
            let listening = wakeup::listen(
                shared.clone(),
                queue,
                client,
                wakeup.clone(),
                stopped.clone(),
            );
            bringers.spawn(listening);
            let feeder =
                feeder::Feeder::new(shared.clone(), queue, wakeup.clone(), pace.clone(), claims);
            bringers.spawn(feeder.run(stopped.clone()));
            workers.spawn(work(shared.clone(), queue, pace, backend));
            wakeups.push((queue, wakeup));
        }
        bringers.spawn(dispatcher::Dispatcher::new(shared.clone(), wakeups).run(stopped));
        let mut keepers = JoinSet::new();
        keepers.spawn(leases::keep(shared.clone()));
        keepers.spawn(closer::run(shared.clone(), to_close));
        tracing::info!(worker = shared.name, "taking jobs");
        Ok(Self {
            shared,
            stop,
            bringers,
            workers,
            keepers,
        })
    }

    /// Resolves when a part of the runtime has ended by itself, which none of them should. The
    /// process must end then, so that its jobs go to another.
    pub async fn broken(&mut self) {
        tokio::select! {
            _ = self.bringers.join_next() => {}
            _ = self.workers.join_next() => {}
            _ = self.keepers.join_next() => {}
        }
    }

    /// Takes no more jobs, lets running ones finish within the grace period, and returns the
    /// rest to the ledger, without spending an attempt.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let finish = async {
            while self.bringers.join_next().await.is_some() {}
            while self.workers.join_next().await.is_some() {}
        };
        let finished = tokio::time::timeout(self.shared.config.grace, finish).await;
        self.bringers.shutdown().await;
        self.workers.shutdown().await;
        let closing = async {
            self.flush().await;
            if finished.is_err() {
                runner::return_all(&self.shared).await;
            }
        };
        if tokio::time::timeout(RETURN_WITHIN, closing).await.is_err() {
            tracing::warn!("not all jobs could be written down; their leases will expire");
        }
        self.keepers.shutdown().await;
    }

    /// Waits until everything that is done is closed.
    async fn flush(&self) {
        let (answer, flushed) = oneshot::channel();
        if self
            .shared
            .closing
            .send(closer::Message::Flush(answer))
            .is_ok()
        {
            let _ = flushed.await;
        }
    }
}

/// Drives the claims of one queue to their end.
async fn work(shared: Arc<Shared>, queue: Queue, pace: Arc<Pace>, backend: LedgerBackend) {
    let name = format!("{}:{}", shared.name, queue.name());
    let run = move |claimed: Claimed| {
        let (shared, pace) = (shared.clone(), pace.clone());
        runner::run(shared, queue, pace, claimed)
    };
    let worker = WorkerBuilder::new(name.as_str())
        .backend(backend)
        .build(run);
    if let Err(why) = worker.run().await {
        // The backend never fails and handlers answer for their own errors.
        tracing::error!(queue = queue.name(), error = %why, "a worker ended by itself");
    }
}
