//! The metric of persons, by its name in the design document, section 8.1.

use kernel::telemetry::metrics::Metric;
use metrics::gauge;

use crate::analytics::Active;

const ACTIVE: &str = "active_users";

/// All of them.
pub const METRICS: &[Metric] = &[Metric::gauge(ACTIVE, "Number of active users")];

/// So many persons were active in the last day, week and month.
pub fn active_users(active: Active) {
    let all = [
        ("daily", active.daily),
        ("weekly", active.weekly),
        ("monthly", active.monthly),
    ];
    for (period, persons) in all {
        gauge!(ACTIVE, "period" => period).set(persons as f64);
    }
}
