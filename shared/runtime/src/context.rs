//! The state that the components of the runtime share.

use jobs::Catalogue;
use jobs::limits::Limits;
use jobs::push::Pusher;
use kernel::Error;
use kernel::db::{Conn, Pool};
use kernel::publish::Publisher;
use kernel::redis::RedisConfig;
use tokio::sync::watch;

use super::closing::Closing;
use super::config::RuntimeConfig;
use super::handler::{Registration, State};
use super::leases::Leases;

/// What a binary passes to its runtime. `S` is the binary's own state, for its handlers.
pub struct Parts<S: State> {
    pub state: S,
    pub db: Pool,
    pub redis: RedisConfig,
    pub pusher: Pusher,
    pub limits: Limits,
    /// All queues and schedules; kinds that are not registered here are left to other workers.
    pub catalogue: &'static Catalogue,
    /// The kinds that this binary runs, feature by feature.
    pub registrations: &'static [&'static [Registration<S>]],
    pub config: RuntimeConfig,
    /// Publishes the topics of jobs.
    pub publisher: Publisher,
}

pub(super) struct Context<S: State> {
    pub parts: Parts<S>,
    /// The name of this process in the ledger, unique for each start.
    pub name: String,
    pub kinds: Vec<&'static str>,
    pub leases: Leases,
    pub closing: Closing,
    pub stopped: watch::Receiver<bool>,
}

impl<S: State> Context<S> {
    /// A connection to the ledger.
    pub async fn db(&self) -> Result<Conn, Error> {
        Ok(self.parts.db.get().await?)
    }

    /// The registration of a kind.
    pub fn registration(&self, kind: &str) -> Option<&'static Registration<S>> {
        let mut all = self.parts.registrations.iter().copied().flatten();
        all.find(|one| one.entry.kind == kind)
    }

    /// Whether the process was asked to stop.
    pub fn is_stopping(&self) -> bool {
        *self.stopped.borrow()
    }
}
