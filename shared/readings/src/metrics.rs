//! The metrics of readings, named as in the design document, section 8.1.

use kernel::telemetry::metrics::Metric;
use metrics::counter;

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::counter("analysis_created_total", "Total number of analyses created"),
    Metric::counter(
        "analysis_completed_total",
        "Total number of analyses completed",
    ),
];

/// An analysis was accepted.
pub fn analysis_created(focus_area: &'static str, tier: &'static str) {
    counter!("analysis_created_total", "focus_area" => focus_area, "tier" => tier).increment(1);
}

/// An analysis ended; `status` is `success` or `failed`.
pub fn analysis_completed(focus_area: &'static str, tier: &'static str, status: &'static str) {
    counter!("analysis_completed_total",
        "focus_area" => focus_area, "tier" => tier, "status" => status)
    .increment(1);
}
