//! The list of all jobs. A test compares it with the worker's registry, so that no kind is
//! enqueued that nobody runs.

use std::time::Duration;

use crate::features::{analyses, notifications, probes, retention};
use crate::jobs::cron::Schedule;
use crate::jobs::{Job, Queue};

/// What the ledger and the worker need to know of a kind without its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: &'static str,
    pub queue: Queue,
    pub max_attempts: u16,
    pub timeout: Duration,
}

impl Entry {
    /// The entry of a job.
    pub const fn of<J: Job>() -> Self {
        Self {
            kind: J::KIND,
            queue: J::QUEUE,
            max_attempts: J::MAX_ATTEMPTS,
            timeout: J::TIMEOUT,
        }
    }
}

/// Every kind of job there is.
pub const ALL: &[Entry] = &[
    Entry::of::<analyses::jobs::FetchPhoto>(),
    Entry::of::<analyses::jobs::PrepareImage>(),
    Entry::of::<analyses::jobs::ReadCup>(),
    Entry::of::<analyses::jobs::Interpret>(),
    Entry::of::<notifications::jobs::AnnounceAnalysis>(),
    Entry::of::<notifications::jobs::DeliverAnalysis>(),
    Entry::of::<notifications::jobs::ReportFailure>(),
    Entry::of::<notifications::jobs::SendNotice>(),
    Entry::of::<retention::jobs::Prune>(),
    Entry::of::<probes::jobs::Probe>(),
    Entry::of::<probes::jobs::Noop>(),
];

/// The jobs that come round by the clock, in UTC.
pub const SCHEDULES: &[Schedule] = &[Schedule::of::<retention::jobs::Prune>("0 17 * * * *")];
