//! The metric of what Telegram keeps for us.

use kernel::telemetry::metrics::Metric;
use metrics::gauge;

const PENDING: &str = "telegram_updates_pending";

/// All of them.
pub const METRICS: &[Metric] = &[Metric::gauge(
    PENDING,
    "Updates that wait at Telegram for their delivery",
)];

/// So many updates wait at Telegram.
pub fn updates_pending(updates: u64) {
    gauge!(PENDING).set(updates as f64);
}
