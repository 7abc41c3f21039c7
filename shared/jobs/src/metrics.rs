//! The metrics of the queues, named as in the design document, section 8.1.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use super::stats::QueueStats;
use kernel::telemetry::metrics::Metric;

const JOB: &str = "queue_job_processing_seconds";
const WAIT: &str = "queue_job_wait_seconds";

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::histogram(
        JOB,
        "Time to process a job from queue",
        &[0.01, 0.1, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0],
    ),
    Metric::histogram(
        WAIT,
        "Time from due to claimed",
        &[0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0],
    ),
    Metric::counter("queue_job_attempts_total", "Attempts at jobs"),
    Metric::gauge("queue_jobs_waiting", "Number of jobs waiting in queue"),
    Metric::gauge("queue_jobs_scheduled", "Number of jobs that are due later"),
    Metric::gauge("queue_jobs_blocked", "Number of jobs blocked by a limit"),
    Metric::gauge("queue_jobs_running", "Number of running jobs"),
    Metric::gauge("queue_jobs_dead", "Number of dead jobs in the ledger"),
    Metric::gauge(
        "queue_oldest_job_age_seconds",
        "For how long the oldest waiting job has been due",
    ),
    Metric::gauge("queue_paused", "1 while the queue is paused"),
    Metric::counter(
        "queue_push_failed_total",
        "Wake-ups that could not be pushed to Redis",
    ),
    Metric::counter(
        "queue_jobs_rescued_total",
        "Jobs returned to the queue after their lease expired",
    ),
    Metric::counter("queue_jobs_dead_total", "Jobs that have died, by kind"),
];

/// A job was claimed after it had been due for `waited`.
pub fn job_claimed(queue: &'static str, kind: &str, waited: Duration) {
    counter!("queue_job_attempts_total", "queue_name" => queue, "kind" => kind.to_owned())
        .increment(1);
    histogram!(WAIT, "queue_name" => queue).record(waited);
}

/// A job ran; `status` is `done`, `by_person`, `retry`, `snoozed`, `dead`, `cancelled` or `lost`.
pub fn job_processed(queue: &'static str, status: &'static str, took: Duration) {
    histogram!(JOB, "queue_name" => queue, "status" => status).record(took);
}

/// The state of all queues.
pub fn queues(all: &[QueueStats]) {
    for one in all {
        let set = |name: &'static str, value: f64| {
            gauge!(name, "queue_name" => one.queue.clone()).set(value);
        };
        set("queue_jobs_waiting", one.waiting as f64);
        set("queue_jobs_scheduled", one.scheduled as f64);
        set("queue_jobs_blocked", one.blocked as f64);
        set("queue_jobs_running", one.running as f64);
        set("queue_jobs_dead", one.dead as f64);
        set("queue_oldest_job_age_seconds", one.oldest_age_seconds);
        set(
            "queue_paused",
            if one.paused_at.is_some() { 1.0 } else { 0.0 },
        );
    }
}

/// The wake-ups of `count` jobs could not be pushed to Redis; the dispatcher will find the jobs.
pub fn push_failed(count: usize) {
    counter!("queue_push_failed_total").increment(count as u64);
}

/// Jobs were returned to the queue after their lease expired.
pub fn jobs_rescued(count: usize) {
    counter!("queue_jobs_rescued_total").increment(count as u64);
}

/// A job died.
pub fn job_dead(kind: &str) {
    counter!("queue_jobs_dead_total", "kind" => kind.to_owned()).increment(1);
}
