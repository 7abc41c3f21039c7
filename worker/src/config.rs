//! Settings of the worker alone.

use std::net::SocketAddr;
use std::time::Duration;

use jobs::prune::Keep;
use kernel::env::Env;
use readings::jobs::{ANALYSIS, IMAGE};
use runtime::RuntimeConfig;

fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3_600)
}

/// Concurrency, the times of the runtime, and retention.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// Address of `/metrics`.
    pub metrics_addr: SocketAddr,
    pub runtime: RuntimeConfig,
    /// How long ended jobs are kept.
    pub keep: Keep,
}

impl WorkerConfig {
    /// Reads the worker's part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            metrics_addr: env.or(
                "WORKER_METRICS_ADDR",
                SocketAddr::from(([127, 0, 0, 1], 9465)),
            ),
            runtime: runtime(env),
            keep: Keep {
                finished: hours(env.or("JOBS_KEEP_HOURS", 24)),
                dead: hours(env.or("JOBS_KEEP_DEAD_HOURS", 30 * 24)),
            },
        }
    }
}

fn runtime(env: &mut Env<'_>) -> RuntimeConfig {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    RuntimeConfig {
        concurrency: vec![
            // Bound by processors.
            (IMAGE, env.or("WORKER_IMAGE_CONCURRENCY", cores)),
            // Bound by waiting for the AI.
            (ANALYSIS, env.or("WORKER_ANALYSIS_CONCURRENCY", 16)),
        ],
        other_concurrency: env.or("WORKER_OTHER_CONCURRENCY", 8),
        lease: Duration::from_millis(env.or("WORKER_LEASE_MS", 15_000)),
        dispatch_every: Duration::from_millis(env.or("WORKER_DISPATCH_MS", 500)),
        // Longer than an AI call takes, so that a deployment does not discard an answer that is paid for.
        grace: Duration::from_millis(env.or("WORKER_GRACE_MS", 75_000)),
    }
}
