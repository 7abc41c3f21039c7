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
        OTHER_CONCURRENCY,
        LEASE,
        DISPATCH,
        GRACE,
        KEEP,
        KEEP_DEAD,
        KEEP_EVENTS,
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
            keep_usage_months: count(env.within(&KEEP_USAGE, 1..=1_200)),
            keep_buyers_years: count(env.within(&KEEP_INVOICES, 1..=100)),
        }
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
}
