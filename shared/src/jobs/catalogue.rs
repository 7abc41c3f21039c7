//! The list of all jobs. A test compares it with the worker's registry, so that no kind is
//! enqueued that nobody runs.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::features::{ai, analyses, bot, payments, privacy, probes, subscriptions};
use crate::jobs::cron::Schedule;
use crate::jobs::{Job, Queue, prune};

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

macro_rules! catalogue {
    ($($job:ty),+ $(,)?) => {
        /// Every kind of job there is.
        pub const ALL: &[Entry] = &[$(Entry::of::<$job>()),+];

        /// The keys of the limits that a job with these arguments counts against; `None` if the
        /// kind is not known here, or takes other arguments.
        pub fn limit_keys(kind: &str, args: &Value) -> Option<Vec<String>> {
            $(if kind == <$job>::KIND {
                return <$job>::deserialize(args).ok().map(|job| job.limit_keys());
            })+
            None
        }
    };
}

catalogue! {
    analyses::jobs::FetchPhoto,
    analyses::jobs::PrepareImage,
    analyses::jobs::ReadCup,
    analyses::jobs::Interpret,
    analyses::jobs::RemovePhotos,
    analyses::messages::AnnounceAnalysis,
    analyses::messages::DeliverAnalysis,
    analyses::messages::ReportFailure,
    bot::jobs::SendNotice,
    payments::messages::PaymentSuccess,
    subscriptions::jobs::Expire,
    privacy::messages::TellExport,
    privacy::messages::TellDeletion,
    privacy::jobs::ExportData,
    privacy::jobs::DeleteData,
    prune::Prune,
    analyses::jobs::SweepPhotos,
    privacy::jobs::SweepArchives,
    ai::jobs::SettleCalls,
    probes::jobs::Probe,
    probes::jobs::Noop,
}

/// The jobs that come round by the clock, in UTC.
pub const SCHEDULES: &[Schedule] = &[
    Schedule::of::<prune::Prune>("0 17 * * * *"),
    Schedule::of::<analyses::jobs::SweepPhotos>("0 41 3 * * *"),
    Schedule::of::<subscriptions::jobs::Expire>("0 17 * * * *"),
    Schedule::of::<privacy::jobs::SweepArchives>("0 29 * * * *"),
    Schedule::of::<ai::jobs::SettleCalls>("0 */10 * * * *"),
];
