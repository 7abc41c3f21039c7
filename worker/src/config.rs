//! Settings of the worker alone.

use std::net::SocketAddr;
use std::time::Duration;

use jobs::prune::Keep;
use kernel::env::{Env, Section, Setting, Spelling};
use readings::jobs::{ANALYSIS, IMAGE};
use runtime::RuntimeConfig;

const METRICS_ADDR: Setting = Setting::new(
    "WORKER_METRICS_ADDR",
    "127.0.0.1:9465",
    "Where the worker shows its metrics, at /metrics.",
);
const IMAGE_CONCURRENCY: Setting = Setting::optional(
    "WORKER_IMAGE_CONCURRENCY",
    "2",
    "Photos that are prepared at once. Not set: as many as the machine has cores.",
);
const ANALYSIS_CONCURRENCY: Setting = Setting::new(
    "WORKER_ANALYSIS_CONCURRENCY",
    "16",
    "Steps that ask an AI at once.",
)
.also(&[Spelling::same("AI_WORKER_CONCURRENCY")]);
const WEBHOOK_CONCURRENCY: Setting = Setting::new(
    "WORKER_WEBHOOK_CONCURRENCY",
    "64",
    "Calls of customers' webhooks at once.",
);
const OTHER_CONCURRENCY: Setting = Setting::new(
    "WORKER_OTHER_CONCURRENCY",
    "8",
    "Jobs of each other queue at once.",
);
const LEASE: Setting = Setting::new(
    "WORKER_LEASE_MS",
    "15000",
    "A job of a dead worker is taken up again after this time (milliseconds).",
);
const DISPATCH: Setting = Setting::new(
    "WORKER_DISPATCH_MS",
    "500",
    "How often the dispatcher looks for jobs that are due (milliseconds).",
);
const GRACE: Setting = Setting::new(
    "WORKER_GRACE_MS",
    "75000",
    "How long a stopping worker finishes what it has begun (milliseconds). Longer than an AI call \
     takes, so that no answer that is paid for is discarded.",
);
const KEEP: Setting = Setting::new(
    "JOBS_KEEP_HOURS",
    "24",
    "How long jobs that are done are kept (hours).",
);
const KEEP_DEAD: Setting = Setting::new(
    "JOBS_KEEP_DEAD_HOURS",
    "720",
    "How long dead jobs are kept (hours).",
);
const KEEP_EVENTS: Setting = Setting::new(
    "EVENTS_KEEP_MONTHS",
    "13",
    "How long events are kept (whole months).",
);
const ARCHIVE: Setting = Setting::new(
    "ARCHIVE_READINGS_MONTHS",
    "12",
    "How old a reading is when what it says goes to the archive, whose months can be detached (whole months). 0: nothing \
     goes there.",
);
const KEEP_ARCHIVE: Setting = Setting::optional(
    "ARCHIVE_KEEP_MONTHS",
    "60",
    "How long the archive is kept (whole months, more than ARCHIVE_READINGS_MONTHS). Of older readings the first \
     paragraph is left. Not set: as long as the readings.",
);
const KEEP_USAGE: Setting = Setting::new(
    "USAGE_KEEP_MONTHS",
    "3",
    "How long the lines of requests are kept (whole months); sums are kept longer.",
);
const KEEP_INVOICES: Setting = Setting::new(
    "INVOICE_RETENTION_YEARS",
    "10",
    "How long invoices name their buyer, also of persons whose data was deleted (years): what the law of the seller \
     wants.",
);

/// The settings that the worker alone reads.
pub const SETTINGS: &[Section] = &[Section {
    title: "Worker",
    settings: &[
        METRICS_ADDR,
        IMAGE_CONCURRENCY,
        ANALYSIS_CONCURRENCY,
        WEBHOOK_CONCURRENCY,
        OTHER_CONCURRENCY,
        LEASE,
        DISPATCH,
        GRACE,
        KEEP,
        KEEP_DEAD,
        KEEP_EVENTS,
        ARCHIVE,
        KEEP_ARCHIVE,
        KEEP_USAGE,
        KEEP_INVOICES,
    ],
}];

fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3_600)
}

fn count(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The archive of readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archive {
    /// How old a reading is that goes there; `None`: none does.
    pub after_months: Option<u32>,
    /// How long it is kept; `None`: as long as the readings.
    pub keep_months: Option<i32>,
}

/// Concurrency, the times of the runtime, and retention.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// Address of `/metrics`.
    pub metrics_addr: SocketAddr,
    pub runtime: RuntimeConfig,
    /// How long ended jobs are kept.
    pub keep: Keep,
    /// How long events are kept.
    pub keep_events_months: i32,
    pub archive: Archive,
    /// How long lines of requests are kept.
    pub keep_usage_months: i32,
    /// How long invoices name their buyer.
    pub keep_buyers_years: i32,
}

impl WorkerConfig {
    /// Reads the worker's part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            metrics_addr: metrics_addr(env),
            runtime: runtime(env),
            keep: Keep {
                finished: hours(env.value(&KEEP)),
                dead: hours(env.value(&KEEP_DEAD)),
            },
            keep_events_months: count(env.within(&KEEP_EVENTS, 1..=1_200)),
            archive: archive(env),
            keep_usage_months: count(env.within(&KEEP_USAGE, 1..=1_200)),
            keep_buyers_years: count(env.within(&KEEP_INVOICES, 1..=100)),
        }
    }
}

fn archive(env: &mut Env<'_>) -> Archive {
    let after = count(env.within(&ARCHIVE, 0..=1_200));
    let keep_months = env.parsed::<i32>(&KEEP_ARCHIVE);
    if keep_months.is_some_and(|kept| !(after + 1..=1_200).contains(&kept)) {
        env.fault(
            &KEEP_ARCHIVE,
            "must be more than ARCHIVE_READINGS_MONTHS, and 1200 at most",
        );
    }
    Archive {
        after_months: u32::try_from(after).ok().filter(|months| *months > 0),
        keep_months,
    }
}

fn metrics_addr(env: &mut Env<'_>) -> SocketAddr {
    let address: SocketAddr = env.value(&METRICS_ADDR);
    env.leads(&METRICS_ADDR, address.ip().is_loopback());
    address
}

fn runtime(env: &mut Env<'_>) -> RuntimeConfig {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    RuntimeConfig {
        concurrency: vec![
            // Bound by processors.
            (IMAGE, env.parsed(&IMAGE_CONCURRENCY).unwrap_or(cores)),
            // Bound by waiting for the AI.
            (ANALYSIS, env.value(&ANALYSIS_CONCURRENCY)),
            // By waiting for receivers.
            (webhooks::jobs::QUEUE, env.value(&WEBHOOK_CONCURRENCY)),
        ],
        other_concurrency: env.value(&OTHER_CONCURRENCY),
        lease: Duration::from_millis(env.value(&LEASE)),
        dispatch_every: Duration::from_millis(env.value(&DISPATCH)),
        grace: Duration::from_millis(env.value(&GRACE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_concurrency_of_ai_answers_to_the_name_of_the_design_document() {
        let lookup = |name: &str| (name == "AI_WORKER_CONCURRENCY").then(|| "2".to_owned());
        let config = WorkerConfig::read(&mut Env::new(&lookup));
        assert_eq!(config.runtime.concurrency(ANALYSIS), 2);
    }

    #[test]
    fn the_archive_is_kept_longer_than_it_takes_a_reading_to_come_there() {
        for (kept, is_fault) in [("12", true), ("13", false), ("1201", true)] {
            let lookup = |name: &str| (name == "ARCHIVE_KEEP_MONTHS").then(|| kept.to_owned());
            let mut env = Env::new(&lookup);
            let config = WorkerConfig::read(&mut env);
            assert_eq!(env.finish(config).is_err(), is_fault, "{kept}");
        }
    }
}
