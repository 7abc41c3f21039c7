//! The chores of the publishers.

mod capture_events;
mod publish_events;

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use kernel::Error;
use publishers::jobs::{CaptureEvents, PublishEvents};
use publishers::{Pace, Step};

use crate::state::WorkerState;
use runtime::handler::{JobError, Outcome, Registration};

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[
    Registration::of::<PublishEvents>(),
    Registration::of::<CaptureEvents>(),
];

/// A step is begun for so long. What is left is for the next job.
const BEGIN_WITHIN: Duration = Duration::from_secs(30);

/// Takes step after step until there is no more. A vendor that is away spends no attempt: it may be away for days, and
/// a dead job would help as little.
async fn publish<'a>(
    name: &'static str,
    pace: &Pace,
    step: impl Fn() -> BoxFuture<'a, Result<Step, Error>>,
) -> Result<Outcome, JobError> {
    let began = Instant::now();
    while began.elapsed() < BEGIN_WITHIN {
        let done = step().await?;
        if let Some(why) = done.failure {
            let wait = why.retry_after().unwrap_or_default().max(pace.failed());
            tracing::warn!(publisher = name, error = %why, ?wait, "publishing waits");
            return Ok(Outcome::Snooze(wait));
        }
        pace.went_well();
        if !done.more {
            break;
        }
    }
    Ok(Outcome::Done)
}
