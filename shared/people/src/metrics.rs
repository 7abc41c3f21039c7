//! The metrics of rate limits and of `initData`, by their names in the design document, section 8.1.

use kernel::telemetry::metrics::Metric;
use metrics::counter;

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::counter("rate_limited_total", "Requests refused for being too many"),
    Metric::counter(
        "rate_limit_fallback_total",
        "Requests counted by one process alone because Redis was away",
    ),
    Metric::counter(
        "init_data_replayed_total",
        "Requests with initData of another client",
    ),
    Metric::counter(
        "init_data_unchecked_total",
        "Requests whose initData was not compared with those of other clients because Redis was away",
    ),
];

/// A request was refused for being one too many; `limit` is `address`, `person` or `key`.
pub fn rate_limited(limit: &'static str) {
    counter!("rate_limited_total", "limit" => limit).increment(1);
}

/// A request was counted by this process alone.
pub fn rate_limit_fallback() {
    counter!("rate_limit_fallback_total").increment(1);
}

/// A client sent the initData of another one.
pub fn init_data_replayed() {
    counter!("init_data_replayed_total").increment(1);
}

/// Redis did not answer, so an initData was not compared with those of other clients.
pub fn init_data_unchecked() {
    counter!("init_data_unchecked_total").increment(1);
}
