//! Tells PostHog what persons did who have agreed to that.

use futures_util::FutureExt;
use publishers::jobs::CaptureEvents;
use publishers::{POSTHOG, capture};

use super::publish;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for CaptureEvents {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let Some(service) = &state.core.providers.product_analytics else {
            return Ok(Outcome::Done);
        };
        let secret = &state.core.config.memory_secret;
        let step = || capture(&state.core.db, service.as_ref(), secret).boxed();
        publish(POSTHOG, &state.paces.posthog, step).await
    }
}
