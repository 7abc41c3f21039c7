//! The metrics of HTTP, by their names in the design document, section 8.1.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use kernel::telemetry::metrics::Metric;
use metrics::{Histogram, counter, histogram};

const HTTP: &str = "http_request_duration_seconds";

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::histogram(
        HTTP,
        "HTTP request duration",
        // 0.2 is the objective of the second document.
        &[0.1, 0.2, 0.3, 0.5, 1.0, 3.0, 5.0, 10.0],
    ),
    Metric::counter(
        "security_events_total",
        "Refused credentials, forged calls and log-ins of operators at new addresses",
    ),
];

/// Something that belongs into the security log.
pub(crate) fn security_event(event: &'static str) {
    counter!("security_events_total", "event" => event).increment(1);
}

/// What was counted before by this thread: finding a histogram by its labels costs more than
/// recording in it. There are as many as there are routes, methods and statuses.
type Known = HashMap<(&'static str, String, u16), Histogram>;

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// An HTTP request was answered; `route` is the pattern, never the path with its ids.
pub fn http_request(method: &'static str, route: String, status: u16, took: Duration) {
    KNOWN.with_borrow_mut(|known| {
        let kind = (method, route, status);
        if let Some(histogram) = known.get(&kind) {
            return histogram.record(took);
        }
        let histogram = histogram!(HTTP, "method" => method, "route" => kind.1.clone(),
            "status_code" => status.to_string());
        histogram.record(took);
        known.insert(kind, histogram);
    });
}
