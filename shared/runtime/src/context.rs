//! The state that the components of the runtime share.

use jobs::Catalogue;
use jobs::claims::Claim;
use jobs::limits::Limits;
use jobs::push::Pusher;
use kernel::Error;
use kernel::db::{Conn, Pool};
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
    /// The kinds that this binary runs.
    pub registrations: &'static [Registration<S>],
    pub config: RuntimeConfig,
    /// Called after the outcome of an attempt is written, unless the job was done without a result: the
    /// data of the job may have changed.
    pub on_changed: fn(&S, &Claim),
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
        let all = self.parts.registrations.iter();
        all.into_iter().find(|one| one.entry.kind == kind)
    }

    /// Whether the process was asked to stop.
    pub fn is_stopping(&self) -> bool {
        *self.stopped.borrow()
    }
}
