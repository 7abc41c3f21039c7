//! The metrics of the publishers.

use kernel::telemetry::metrics::Metric;
use metrics::counter;

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::counter(
        "publisher_events_total",
        "Events that a publisher has passed",
    ),
    Metric::counter(
        "publisher_failures_total",
        "Times that a publisher has stopped because its vendor was away or refused",
    ),
    Metric::counter(
        "publisher_unroutable_total",
        "Events that no queue of the broker wants",
    ),
    Metric::counter(
        "publisher_dropped_total",
        "Events that PostHog cannot read and was not told again",
    ),
];

/// A cursor has passed so many events.
pub(crate) fn passed(publisher: &'static str, count: usize) {
    counter!("publisher_events_total", "publisher" => publisher).increment(count as u64);
}

/// A publisher has stopped.
pub(crate) fn failed(publisher: &'static str) {
    counter!("publisher_failures_total", "publisher" => publisher).increment(1);
}

/// No queue wants so many events.
pub(crate) fn unroutable(count: usize) {
    counter!("publisher_unroutable_total").increment(count as u64);
}

/// So many events were not taken, and never will be.
pub(crate) fn dropped(count: usize) {
    counter!("publisher_dropped_total").increment(count as u64);
}
