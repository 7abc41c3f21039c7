//! The metrics of readings, named as in the design document, section 8.1, and how long persons wait.

use std::time::Duration;

use kernel::ErrorCode;
use kernel::telemetry::metrics::Metric;
use metrics::{counter, histogram};

const FAILED: &str = "analysis_failed_total";
const CYCLE: &str = "analysis_duration_seconds";
const ANNOUNCED: &str = "analysis_announcement_seconds";

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::counter("analysis_created_total", "Total number of analyses created"),
    Metric::counter(
        "analysis_completed_total",
        "Total number of analyses completed",
    ),
    Metric::counter(
        FAILED,
        "Analyses that failed, by whose fault it was: the person's (what was sent) or ours",
    ),
    Metric::histogram(
        CYCLE,
        "Time from the acceptance of an analysis until it is complete",
        // 30 is the objective.
        &[1.0, 5.0, 10.0, 20.0, 30.0, 60.0, 300.0, 3_600.0],
    ),
    Metric::histogram(
        ANNOUNCED,
        "Time from the acceptance of an analysis until the chat says that it has started",
        // 10 is the objective.
        &[0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0],
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

/// An analysis failed; `code` says by whose fault.
pub fn analysis_failed(code: ErrorCode) {
    let fault = if code.is_by_person() {
        "person"
    } else {
        "ours"
    };
    counter!(FAILED, "fault" => fault).increment(1);
}

/// An analysis is complete after so long.
pub fn analysis_took(took: Duration) {
    histogram!(CYCLE).record(took);
}

/// The chat says after so long that an analysis has started.
pub fn analysis_announced(after: Duration) {
    histogram!(ANNOUNCED).record(after);
}
