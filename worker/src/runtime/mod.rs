//! The promises about jobs, kept: claim, lease, deadline, retry, dead letter, graceful stop.
//!
//! ```text
//!  Redis list ──▶ feeder (claims in Postgres) ──▶ apalis worker ──▶ runner ──▶ handler
//!      ▲                                                              │
//!  dispatcher ◀── ledger (Postgres) ◀─────────────────────────────────┘
//! ```
//!
//! A *feeder* for each queue pops ids and claims them, never more than there are free hands. An
//! *apalis worker* for each queue takes the claims as its backend and drives them to their end.
//! The *runner* gives each its deadline and writes down how it ended. The *dispatcher* brings
//! ids of due jobs to Redis and takes jobs back from lost workers. The *keeper* renews leases.

mod backend;
mod dispatcher;
mod feeder;
pub mod handler;
mod leases;
mod runner;
pub(crate) mod store;

use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::WorkerBuilder;
use shared::Core;
use shared::jobs::Queue;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::config::WorkerConfig;
use crate::registry;
use crate::state::WorkerState;
use backend::{Claimed, LedgerBackend};
use leases::Leases;

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
    keeper: JoinSet<()>,
}

/// What the parts of the runtime have in common.
pub(crate) struct Shared {
    pub state: WorkerState,
    pub config: WorkerConfig,
    /// Unique for each start of a process: names it in the ledger.
    pub name: String,
    pub kinds: Vec<&'static str>,
    pub leases: Leases,
}

impl Runtime {
    /// Starts to work.
    ///
    /// # Errors
    /// An address of Redis that cannot be read.
    pub fn start(core: Core, config: WorkerConfig) -> anyhow::Result<Self> {
        let name = format!("worker-{}", Uuid::now_v7());
        let shared = Arc::new(Shared {
            state: WorkerState {
                core,
                decoders: Arc::new(Semaphore::new(config.concurrency(Queue::Image))),
            },
            leases: Leases::default(),
            kinds: registry::ALL
                .iter()
                .map(|registration| registration.entry.kind)
                .collect(),
            config,
            name,
        });
        let (stop, stopped) = watch::channel(false);
        let (mut bringers, mut workers) = (JoinSet::new(), JoinSet::new());
        let mut shortcuts = Vec::new();
        for queue in Queue::ALL {
            let (shortcut, ids) = mpsc::channel(shared::jobs::push::LIST_BOUND);
            let (claims, backend) = backend::channel();
            let client = shared.state.core.config.redis.client()?;
            let feeder = feeder::Feeder::new(shared.clone(), queue, client, ids, claims);
            bringers.spawn(feeder.run(stopped.clone()));
            workers.spawn(work(shared.clone(), queue, backend));
            shortcuts.push((queue, shortcut));
        }
        bringers.spawn(dispatcher::run(shared.clone(), shortcuts, stopped));
        let mut keeper = JoinSet::new();
        keeper.spawn(leases::keep(shared.clone()));
        tracing::info!(worker = shared.name, "taking jobs");
        Ok(Self {
            shared,
            stop,
            bringers,
            workers,
            keeper,
        })
    }

    /// Resolves when a part of the runtime has ended by itself, which none of them should. The
    /// process must end then, so that its jobs go to another.
    pub async fn broken(&mut self) {
        tokio::select! {
            _ = self.bringers.join_next() => {}
            _ = self.workers.join_next() => {}
            _ = self.keeper.join_next() => {}
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
        if tokio::time::timeout(self.shared.config.grace, finish)
            .await
            .is_err()
        {
            self.bringers.shutdown().await;
            self.workers.shutdown().await;
            let returning = runner::return_all(&self.shared);
            if tokio::time::timeout(RETURN_WITHIN, returning)
                .await
                .is_err()
            {
                tracing::warn!("not all jobs could be returned; their leases will expire");
            }
        }
        self.keeper.shutdown().await;
    }
}

/// Drives the claims of one queue to their end.
async fn work(shared: Arc<Shared>, queue: Queue, backend: LedgerBackend) {
    let name = format!("{}:{}", shared.name, queue.name());
    let run = move |claimed: Claimed| {
        let shared = shared.clone();
        async move { runner::run(&shared, queue, claimed).await }
    };
    let worker = WorkerBuilder::new(name.as_str())
        .backend(backend)
        .build(run);
    if let Err(why) = worker.run().await {
        // The backend never fails and handlers answer for their own errors.
        tracing::error!(queue = queue.name(), error = %why, "a worker ended by itself");
    }
}
