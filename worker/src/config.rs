//! Settings of the worker alone.

use std::net::SocketAddr;
use std::time::Duration;

use shared::config::Env;
use shared::features::analyses::jobs::{ANALYSIS, IMAGE};
use shared::features::retention::queries::Keep;
use shared::jobs::Queue;

fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3_600)
}

/// How many jobs at once, and the times of the runtime.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// Address of `/metrics`.
    pub metrics_addr: SocketAddr,
    /// Jobs at once of the queue `image`: they use processors.
    pub image_concurrency: usize,
    /// Jobs at once of the queue `analysis`: they wait for the AI.
    pub analysis_concurrency: usize,
    /// Jobs at once of each other queue.
    pub other_concurrency: usize,
    /// A job whose worker has not been heard of for so long is given to another.
    pub lease: Duration,
    /// How often the dispatcher looks for jobs that are due.
    pub dispatch_every: Duration,
    /// How long running jobs may go on after a request to stop. Longer than an AI call takes,
    /// so that no deployment throws away an answer that is paid for.
    pub grace: Duration,
    /// How long ended jobs are kept.
    pub keep: Keep,
}

impl WorkerConfig {
    /// Reads the worker's part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            metrics_addr: env.or(
                "WORKER_METRICS_ADDR",
                SocketAddr::from(([127, 0, 0, 1], 9465)),
            ),
            image_concurrency: env.or("WORKER_IMAGE_CONCURRENCY", cores),
            analysis_concurrency: env.or("WORKER_ANALYSIS_CONCURRENCY", 16),
            other_concurrency: env.or("WORKER_OTHER_CONCURRENCY", 8),
            lease: Duration::from_millis(env.or("WORKER_LEASE_MS", 15_000)),
            dispatch_every: Duration::from_millis(env.or("WORKER_DISPATCH_MS", 500)),
            grace: Duration::from_millis(env.or("WORKER_GRACE_MS", 75_000)),
            keep: Keep {
                finished: hours(env.or("JOBS_KEEP_HOURS", 24)),
                dead: hours(env.or("JOBS_KEEP_DEAD_HOURS", 30 * 24)),
            },
        }
    }

    /// Jobs at once of a queue.
    pub fn concurrency(&self, queue: Queue) -> usize {
        match queue {
            IMAGE => self.image_concurrency,
            ANALYSIS => self.analysis_concurrency,
            _ => self.other_concurrency,
        }
        .max(1)
    }
}
