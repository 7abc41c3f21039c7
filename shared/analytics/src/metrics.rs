//! The metrics of the sums.

use kernel::telemetry::metrics::Metric;
use metrics::{counter, gauge};

const DRIFT: &str = "analytics_drift_total";
const OTHER_ZONE: &str = "analytics_other_zone";

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::counter(
        DRIFT,
        "By how much sums of a day were off when it was counted again",
    ),
    Metric::gauge(
        OTHER_ZONE,
        "1 while nothing is counted, because ANALYTICS_TIMEZONE is another zone than that of the days",
    ),
];

/// So much sums of this name are off.
pub fn drift(name: &str, by: u64) {
    counter!(DRIFT, "sum" => name.to_owned()).increment(by);
}

/// Whether nothing is counted until `symancy analytics rebuild` has run.
pub fn other_zone(is_so: bool) {
    gauge!(OTHER_ZONE).set(f64::from(u8::from(is_so)));
}
