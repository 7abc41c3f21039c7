//! The metrics of letters.

use std::time::Duration;

use kernel::telemetry::metrics::Metric;
use metrics::{counter, histogram};

use crate::model::EmailStatus;

const ENDED: &str = "emails_ended_total";
const ACCEPTED: &str = "email_acceptance_seconds";

/// All of them.
pub const METRICS: &[Metric] = &[
    Metric::counter(
        ENDED,
        "Letters that are not tried again: accepted, bounced, suppressed, uncertain or failed",
    ),
    Metric::histogram(
        ACCEPTED,
        "Time from the wish for a letter until a mailer has taken it",
        // 300 is the objective.
        &[1.0, 5.0, 30.0, 60.0, 300.0, 1_800.0, 86_400.0],
    ),
];

/// Sending a letter has ended.
pub fn ended(status: EmailStatus) {
    counter!(ENDED, "status" => status.as_str()).increment(1);
}

/// A mailer has taken a letter after so long.
pub fn accepted(after: Duration) {
    ended(EmailStatus::Accepted);
    histogram!(ACCEPTED).record(after);
}
