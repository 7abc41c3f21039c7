//! The metrics of usage.

use kernel::telemetry::metrics::Metric;
use metrics::{counter, gauge};

const DROPPED: &str = "usage_lines_dropped_total";
const WRITTEN: &str = "usage_lines_written_total";
const LOST: &str = "usage_units_lost_total";
const DRIFT: &str = "usage_drift_total";
const DAYS_LEFT: &str = "usage_days_left";

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::counter(WRITTEN, "Lines of requests that were written to usage_logs"),
    Metric::counter(
        DROPPED,
        "Lines of requests that were not written: the memory was full, or Postgres refused them",
    ),
    Metric::counter(
        LOST,
        "Requests that count as used although a process that died has not served them",
    ),
    Metric::counter(
        DRIFT,
        "Units by which days differed from their recount; anything but 0 is a fault",
    ),
    Metric::gauge(DAYS_LEFT, "Days until usage_logs has no partition any more"),
];

/// Lines were written.
pub fn written(lines: usize) {
    counter!(WRITTEN).increment(lines as u64);
}

/// Lines are lost; `why` is `full` or `refused`.
pub fn dropped(why: &'static str, lines: usize) {
    counter!(DROPPED, "why" => why).increment(lines as u64);
}

/// The block of a process that died counts as used.
pub fn lost(units: i64) {
    counter!(LOST).increment(units.unsigned_abs());
}

/// A day was repaired by so many units.
pub fn drifted(unit: &str, units: i64) {
    counter!(DRIFT, "unit" => unit.to_owned()).increment(units.unsigned_abs());
}

/// For so many days there are partitions.
pub fn days_left(days: i32) {
    gauge!(DAYS_LEFT).set(f64::from(days));
}
