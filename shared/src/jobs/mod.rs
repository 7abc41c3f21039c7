//! Durable jobs. The ledger (a Postgres table) is the truth, Redis is the speed.
//!
//! A feature declares its jobs in `features/<f>/jobs.rs`; `api` and `worker` enqueue them in
//! their own transactions with [`ledger::enqueue`], wake the workers with
//! [`push::Pusher::wake`] after the commit, and `worker` runs them. See `docs/adr/0001`.

pub mod catalogue;
pub mod claims;
pub mod dispatch;
pub mod ledger;
pub mod push;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::pg_enum;

/// One piece of work: a few ids, never data. The data is in the rows that the ids name.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Frozen once released: rows of the ledger carry it. Form: `feature.verb.vN`.
    const KIND: &'static str;
    /// The queue whose workers run it.
    const QUEUE: Queue;
    /// After so many attempts it is dead.
    const MAX_ATTEMPTS: u16;
    /// Hard deadline of one attempt.
    const TIMEOUT: Duration;

    /// Among the live jobs of this kind there is at most one with this key.
    fn dedupe_key(&self) -> Option<String> {
        None
    }

    /// Jobs with the same key count as one consumer; kept in the ledger with the job.
    fn concurrency_key(&self) -> Option<String> {
        None
    }
}

/// A kind of worker capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    Image,
    Analysis,
    Notification,
    Payment,
    Privacy,
    Maintenance,
}

impl Queue {
    /// All queues.
    pub const ALL: [Self; 6] = [
        Self::Image,
        Self::Analysis,
        Self::Notification,
        Self::Payment,
        Self::Privacy,
        Self::Maintenance,
    ];

    /// The name in the ledger, in Redis and in the metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Analysis => "analysis",
            Self::Notification => "notification",
            Self::Payment => "payment",
            Self::Privacy => "privacy",
            Self::Maintenance => "maintenance",
        }
    }
}

pg_enum! {
    /// Where a job is in its life.
    JobState as JobState {
        Queued = "queued",
        Running = "running",
        Done = "done",
        Dead = "dead",
    }
}
