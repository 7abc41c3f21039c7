//! The metric of the outbox.

use kernel::telemetry::metrics::Metric;
use metrics::gauge;

const DAYS_LEFT: &str = "events_days_left";

/// All of them.
pub const METRICS: &[Metric] = &[Metric::gauge(
    DAYS_LEFT,
    "Days until events have no partition any more",
)];

/// For so many days there are partitions.
pub fn days_left(days: i32) {
    gauge!(DAYS_LEFT).set(f64::from(days));
}
