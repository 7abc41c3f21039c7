//! The metric of the outbox.

use kernel::telemetry::metrics::Metric;
use metrics::gauge;

const DAYS_LEFT: &str = "events_days_left";
const LAG: &str = "analytics_lag_seconds";

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::gauge(DAYS_LEFT, "Days until events have no partition any more"),
    Metric::gauge(
        LAG,
        "How old the oldest event is that a reader has not read",
    ),
];

/// For so many days there are partitions.
pub fn days_left(days: i32) {
    gauge!(DAYS_LEFT).set(f64::from(days));
}

/// So far a reader is behind; 0: it has read all.
pub fn lag(reader: &str, seconds: f64) {
    gauge!(LAG, "reader" => reader.to_owned()).set(seconds);
}
