//! The metrics of webhooks.

use std::time::Duration;

use kernel::telemetry::metrics::Metric;
use metrics::{counter, histogram};

const ATTEMPTS: &str = "webhook_attempts_total";
const DISABLED: &str = "webhook_endpoints_disabled_total";
const DELIVERED: &str = "webhook_delivery_seconds";

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::counter(
        ATTEMPTS,
        "Calls of customers' webhooks, by how they ended: delivered, again, failed or gone",
    ),
    Metric::counter(
        DISABLED,
        "Endpoints of customers that were switched off: gone, or failing",
    ),
    Metric::histogram(
        DELIVERED,
        "Time from an event until an endpoint has taken it",
        // 5 is the objective.
        &[
            0.5, 1.0, 2.0, 5.0, 30.0, 300.0, 3_600.0, 86_400.0, 345_600.0,
        ],
    ),
];

/// An attempt has ended.
pub fn attempted(end: &'static str) {
    counter!(ATTEMPTS, "end" => end).increment(1);
}

/// An endpoint was switched off.
pub(crate) fn disabled(why: &'static str) {
    counter!(DISABLED, "why" => why).increment(1);
}

/// An endpoint has taken an event, so long after it happened.
pub fn delivered(after: Duration) {
    histogram!(DELIVERED).record(after);
}
