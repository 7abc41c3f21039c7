//! Durable jobs. The ledger, a Postgres table, is the source of truth; Redis only wakes workers.
//!
//! Independent of the features: kinds, queues, schedules and limits are passed in as values
//! ([`Catalogue`], [`limits::Limits`]). A feature declares its jobs in its `jobs.rs`; `api` and
//! `worker` enqueue them in their own transactions with [`ledger::enqueue`] and wake workers with
//! [`push::Pusher::wake`] after the commit; `worker` runs them. See `docs/adr/0001`.

pub mod catalogue;
mod chore;
pub mod claims;
pub mod cron;
mod entry;
mod errors;
mod feature;
pub mod hurry;
pub mod ledger;
pub mod limits;
pub mod metrics;
pub mod operate;
pub mod personal;
pub mod prune;
pub mod push;
mod queue;
pub mod stats;
pub mod words;
pub mod workers;

pub use catalogue::Catalogue;
pub use entry::Entry;
pub use feature::Feature;
pub use queue::{MAINTENANCE, Queue};

use std::time::Duration;

use kernel::tables::Erasure::Statement;
use kernel::tables::{ALL, Export, KEEP, Loss, READ, Table};
use serde::Serialize;
use serde::de::DeserializeOwned;

use kernel::pg_enum;

// For the macro `chore!`.
#[doc(hidden)]
pub use uuid::Uuid;

kernel::definitions! {
    "jobs_admit",
    "jobs_claim",
    "jobs_limit",
    "jobs_release",
    "jobs_release_all",
    "jobs_take_token",
}

/// The lists of this crate.
pub const FEATURE: Feature = Feature {
    queues: &[MAINTENANCE],
    jobs: &[&[Entry::of::<prune::Prune>()]],
    schedules: &[cron::Schedule::of::<prune::Prune>("0 17 * * * *")],
    metrics: metrics::METRICS,
    definitions: DEFINITIONS,
    prune: &[prune::PRUNE, workers::PRUNE],
    tables: &[
        Table::of_persons(
            "jobs",
            Statement,
            Export::Excused("ids, and for messages the chat, until a day after the work is done"),
        )
        .loses(Loss::Nothing("of what there is none of")),
        Table::of_persons(
            "job_keys",
            Statement,
            Export::Excused("counts of what runs at this moment"),
        )
        .loses(Loss::Nothing("counts of what runs at this moment")),
        Table::impersonal("job_pauses", "names of queues").rights(ALL, READ),
        Table::impersonal("cron_ticks", "names of schedules").rights(READ, KEEP),
        Table::impersonal("job_workers", "names of processes").rights(READ, ALL),
    ],
    ..Feature::new("jobs")
};

/// A job. Its arguments are a few ids, never data; the data is in the rows that the ids name.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Frozen once released: rows of the ledger carry it. Form: `feature.verb.vN`.
    const KIND: &'static str;
    /// The queue whose workers run it.
    const QUEUE: Queue;
    /// After so many attempts it is dead.
    const MAX_ATTEMPTS: u16;
    /// Hard deadline of one attempt.
    const TIMEOUT: Duration;

    /// The person (or later the account) that it is about, by which an erasure finds it. `None` for
    /// one that is about no person, or has to run after they are gone.
    fn subject(&self) -> Option<Uuid>;

    /// What clients may be waiting for: published on [`kernel::publish::CHANGED`] after each attempt.
    fn topic(&self) -> Option<String> {
        None
    }

    /// Among the live jobs of this kind there is at most one with this key.
    fn dedupe_key(&self) -> Option<String> {
        None
    }

    /// The keys of the limits that it counts against: see [`limits`].
    fn limit_keys(&self) -> Vec<String> {
        Vec::new()
    }

    /// Its priority class among the jobs of its queue.
    fn priority(&self) -> Priority {
        Priority::Normal
    }
}

/// A priority class. Each comes first in a fixed share of the claims, so that none starves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Priority {
    /// First in seven of ten claims.
    High,
    /// First in two of ten, and second after `High`.
    #[default]
    Normal,
    /// First in one of ten.
    Low,
}

impl Priority {
    /// The number in the ledger; smaller numbers come first.
    pub fn number(self) -> i16 {
        match self {
            Self::High => 1,
            Self::Normal => 2,
            Self::Low => 3,
        }
    }

    /// The class of a number in the ledger.
    pub fn of_number(number: i16) -> Self {
        match number {
            ..=1 => Self::High,
            2 => Self::Normal,
            _ => Self::Low,
        }
    }

    /// The classes in the order of the `n`-th claim.
    pub fn order_of_claim(n: u64) -> [Self; 3] {
        match n % 10 {
            3 | 8 => [Self::Normal, Self::High, Self::Low],
            5 => [Self::Low, Self::High, Self::Normal],
            _ => [Self::High, Self::Normal, Self::Low],
        }
    }
}

pg_enum! {
    /// The state of a job.
    JobState as schema::sql_types::JobState {
        Queued = "queued",
        Running = "running",
        Done = "done",
        Dead = "dead",
        Cancelled = "cancelled",
    }
}
